import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '../blobs-error.ts';
import { parseS3Url, type S3Place } from './s3-url.ts';

const places: Record<string, S3Place> = {
  's3://bucket': { endpoint: undefined, bucket: 'bucket', keyPrefix: '' },
  's3://my.bucket-1/': { endpoint: undefined, bucket: 'my.bucket-1', keyPrefix: '' },
  's3://bucket/backups/2026/': { endpoint: undefined, bucket: 'bucket', keyPrefix: 'backups/2026/' },
  's3://bucket/a%20b/%C3%A9': { endpoint: undefined, bucket: 'bucket', keyPrefix: 'a b/é/' },
  'http://127.0.0.1:9000/bucket': { endpoint: 'http://127.0.0.1:9000', bucket: 'bucket', keyPrefix: '' },
  'https://s3.example.com/bucket/p': {
    endpoint: 'https://s3.example.com',
    bucket: 'bucket',
    keyPrefix: 'p/',
  },
};

for (const [url, place] of Object.entries(places)) {
  test(`${url} names a place`, () => assert.deepEqual(parseS3Url(url), place));
}

const refused: Record<string, RegExp> = {
  's3://': /names no bucket/,
  's3:bucket': /names no bucket/,
  's3://Bucket_1': /names no bucket/,
  'http://127.0.0.1:9000': /names no bucket/,
  'http://127.0.0.1:9000/ab': /names no bucket/,
  's3://bucket?region=x': /no \? and no #/,
  's3://bucket/%zz': /starts no escape/,
  'https://': /cannot be parsed/,
  [`s3://bucket/${'x'.repeat(124)}`]: /prefix is over 124 bytes/,
};

for (const [url, message] of Object.entries(refused)) {
  test(`${url} is refused`, () => {
    assert.throws(
      () => parseS3Url(url),
      (error) => isInvalidUrl(error) && message.test((error as Error).message),
    );
  });
}

test('credentials in a URL are refused, and not repeated', () => {
  for (const url of [
    's3://AKIDEXAMPLE:secret@bucket',
    'https://AKIDEXAMPLE:secret@host/bucket',
    's3://secret@bucket?x',
  ]) {
    assert.throws(
      () => parseS3Url(url),
      (error) => isInvalidUrl(error) && !/secret|AKID/.test(String(error)),
    );
  }
});

function isInvalidUrl(error: unknown): boolean {
  return error instanceof BlobsError && error.code === 'invalid-url';
}
