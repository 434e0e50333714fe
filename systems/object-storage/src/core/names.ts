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

/**
 * Throws InvalidArgument (for a bucket InvalidBucketName) for names, prefixes and markers that the metadata store cannot
 * hold: U+0000, and halves of UTF-16 pairs, which have no UTF-8. Looks at every text of a request, and of the object names in it.
 */
export function checkTexts(request: unknown): void {
  if (typeof request !== 'object' || request === null) return;
  for (const name in request) {
    const value = (request as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string') checkText(name, value);
    else if (name === 'source') checkTexts(value);
    else if (name === 'objects') for (const object of value as readonly unknown[]) checkTexts(object);
  }
}

function checkText(name: string, text: string): void {
  if (!text.includes('\u0000') && text.isWellFormed()) return;
  if (name === 'bucket') throw new ObjectStorageError('InvalidBucketName', { bucket: text });
  throw new ObjectStorageError('InvalidArgument', {
    message: `The ${name} holds U+0000 or is not valid Unicode.`,
  });
}

function keyTooLong(key: string): ObjectStorageError {
  const sizes = { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(keyBytesMax) };
  return new ObjectStorageError('KeyTooLongError', { fields: sizes });
}

/** Throws KeyTooLongError, or InvalidArgument for what no client can have meant. */
export function checkKey(key: string): void {
  // A character is at most three bytes of UTF-8, so most keys need not be measured.
  if (key.length * 3 > keyBytesMax && Buffer.byteLength(key) > keyBytesMax) throw keyTooLong(key);
  if (key === '') throw new ObjectStorageError('InvalidArgument', { message: 'An object key is not empty.' });
}
