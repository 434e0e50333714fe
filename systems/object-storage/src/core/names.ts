// Which names are valid, by Amazon S3's rules: "General purpose bucket naming rules" and "Naming Amazon S3 objects".

import { ObjectStorageError } from '../errors.ts';
import { bucketNameLengthMax, bucketNameLengthMin, keyBytesMax } from '../limits.ts';

/** Throws InvalidBucketName. */
export function checkBucketName(bucket: string): void {
  const long = bucket.length >= bucketNameLengthMin && bucket.length <= bucketNameLengthMax;
  const characters = /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(bucket);
  const reserved = reservedPrefixes.some((prefix) => bucket.startsWith(prefix));
  const reservedEnd = reservedSuffixes.some((suffix) => bucket.endsWith(suffix));
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(bucket);
  if (!long || !characters || bucket.includes('..') || address || reserved || reservedEnd) {
    throw new ObjectStorageError('InvalidBucketName', { bucket });
  }
}

const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** Throws KeyTooLongError, or InvalidArgument for what no client can have meant. */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > keyBytesMax) throw new ObjectStorageError('KeyTooLongError', { key });
  if (key === '' || key.includes('\u0000')) {
    throw new ObjectStorageError('InvalidArgument', {
      key,
      message: 'An object key has 1 to 1024 bytes of UTF-8 and no U+0000.',
    });
  }
}
