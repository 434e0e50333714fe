// CreateBucket's request.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
//
//   <CreateBucketConfiguration>
//     <LocationConstraint>region</LocationConstraint>    optional
//   </CreateBucketConfiguration>                         <Location>, <Bucket>, <Tags>: directory buckets, tags: refused

import { ObjectStorageError } from '../../errors.ts';
import { parseXml } from './xml-reader.ts';
import { elementsOf, requireRoot, trimmedTextOf } from './xml-schema.ts';

/** Throws MalformedXML, NotImplemented. */
export function parseCreateBucketConfiguration(bytes: Uint8Array): {
  locationConstraint: string | undefined;
} {
  const root = requireRoot(parseXml(bytes), 'CreateBucketConfiguration');
  const { LocationConstraint, Location, Bucket, Tags } = elementsOf(root, {
    LocationConstraint: 'optional',
    Location: 'optional',
    Bucket: 'optional',
    Tags: 'optional',
  });
  if ([...Location, ...Bucket, ...Tags].length > 0) {
    throw new ObjectStorageError('NotImplemented', {
      message: 'Directory buckets and tags of buckets are not implemented.',
    });
  }
  return { locationConstraint: trimmedTextOf(LocationConstraint[0]) };
}
