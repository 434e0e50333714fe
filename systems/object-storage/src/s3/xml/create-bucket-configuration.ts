// CreateBucket's request.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
//
//   <CreateBucketConfiguration>
//     <LocationConstraint>region</LocationConstraint>                       optional
//     <Tags><Tag><Key>key</Key><Value>value</Value></Tag></Tags>            optional; ../tags/tag-set.ts has the limits
//     <Location>, <Bucket>                                                  of directory buckets: refused
//   </CreateBucketConfiguration>

import type { ObjectTag } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { tagsIn } from './tagging.ts';
import { parseXml } from './xml-reader.ts';
import { elementsOf, requireRoot, trimmedTextOf } from './xml-schema.ts';

export type CreateBucketConfiguration = {
  readonly locationConstraint: string | undefined;
  readonly tags: readonly ObjectTag[];
};

/** Throws MalformedXML, NotImplemented. */
export function parseCreateBucketConfiguration(bytes: Uint8Array): CreateBucketConfiguration {
  const root = requireRoot(parseXml(bytes), 'CreateBucketConfiguration');
  const { LocationConstraint, Location, Bucket, Tags } = elementsOf(root, {
    LocationConstraint: 'optional',
    Location: 'optional',
    Bucket: 'optional',
    Tags: 'optional',
  });
  if (Location.length + Bucket.length > 0) {
    throw new ObjectStorageError('NotImplemented', { message: 'Directory buckets are not implemented.' });
  }
  return {
    locationConstraint: trimmedTextOf(LocationConstraint[0]),
    tags: Tags[0] === undefined ? [] : tagsIn(Tags[0]),
  };
}
