// PostObject's answer to a form that asks for status 201.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html

import { quoted } from './elements.ts';
import { plainXmlDocument } from './xml-writer.ts';

export type PostResponse = {
  readonly location: string;
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
};

export function postResponse({ location, bucket, key, etag }: PostResponse): string {
  return plainXmlDocument('PostResponse', [
    ['Location', location],
    ['Bucket', bucket],
    ['Key', key],
    ['ETag', quoted(etag)],
  ]);
}
