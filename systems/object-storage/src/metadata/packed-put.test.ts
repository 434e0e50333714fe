import assert from 'node:assert/strict';
import test from 'node:test';
import type { PutObjectInput } from './objects.ts';
import { packedPut, unpackedPut } from './packed-put.ts';

const plain: PutObjectInput & { readonly object: { readonly shared?: never } } = {
  bucket: 'a bucket',
  bucketId: 1,
  object: {
    ...{ key: 'a key', size: 2, etag: 'a tag', modified_ms: 3, attributes: 'some attributes' },
    ...{ checksum: 'a checksum', data: 'a blob', part_count: null },
  },
  condition: undefined,
  random: 'some digits',
};
const asked = {
  ...plain,
  condition: { ifNoneMatch: '*' },
  place: 'GLACIER',
  cause: { event: 'ObjectCreated:Copy', origin: undefined },
} as const;

test('a put is the same behind a crossing', () => {
  assert.deepEqual(unpackedPut(structuredClone(packedPut(plain))), plain);
  assert.deepEqual(unpackedPut(structuredClone(packedPut(asked))), asked);
});

test('each of what hardly any put has crosses alone', () => {
  for (const name of ['condition', 'place', 'cause'] as const) {
    const put = { ...plain, [name]: asked[name] };
    assert.deepEqual(unpackedPut(structuredClone(packedPut(put)))[name], asked[name], name);
  }
});
