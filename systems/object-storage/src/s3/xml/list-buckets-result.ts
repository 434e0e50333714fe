// ListBuckets' answer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html

import type { BucketInfo } from '../../core/object-storage.ts';
import { ownerElement, timestamp } from './elements.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

export type ListBucketsResult = {
  readonly buckets: readonly BucketInfo[];
  readonly owner: string;
  readonly prefix: string | undefined;
  readonly continuationToken: string | undefined;
  /** Present when the client asked for pages. */
  readonly region: string | undefined;
};

export function listBucketsResult(result: ListBucketsResult): string {
  const buckets = result.buckets.map(
    (bucket): XmlElement => [
      'Bucket',
      [
        ['Name', bucket.bucket],
        ['CreationDate', timestamp(bucket.createdMs)],
        ['BucketRegion', result.region],
      ],
    ],
  );
  return xmlDocument('ListAllMyBucketsResult', [
    ownerElement('Owner', result.owner),
    ['Buckets', buckets],
    ['ContinuationToken', result.continuationToken],
    ['Prefix', result.prefix],
  ]);
}
