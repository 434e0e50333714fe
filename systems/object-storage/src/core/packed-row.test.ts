import assert from 'node:assert/strict';
import test from 'node:test';
import type { FoundObject } from '../metadata/current-object.ts';
import { packedRow, unpackedRow } from './packed-row.ts';

const row: FoundObject = {
  bucket: 123_456_789_012_345,
  key: 'a/ü \n\ud83d\ude00',
  size: 5 * 2 ** 40,
  etag: '0123456789abcdef0123456789abcdef-3',
  modified_ms: 1_796_000_000_000,
  attributes: '{"headers":{"content-type":"a/ü"},"userMetadata":{}}',
  checksum: null,
  data: 'fedcba9876543210fedcba9876543210',
  part_count: null,
  shared: null,
  version: '~',
  null_version: 1,
  row_crc: 4_294_967_295,
  bucket_versioning: null,
};
/** What may be null, and texts that look like a null or like the mark of a value. */
const others: readonly Partial<FoundObject>[] = [
  {},
  { checksum: 'CRC32:AAAAAA==:FULL_OBJECT', part_count: 10_000, shared: 1, bucket_versioning: 'enabled' },
  { checksum: '', bucket_versioning: 'suspended', null_version: 0, row_crc: null },
  { checksum: '-', key: '-', etag: '-', attributes: '+' },
  { part_count: 0, shared: 0, row_crc: 0, size: 0, modified_ms: 0, key: '', attributes: '' },
];

for (const [number, other] of others.entries()) {
  test(`a row comes back as it was, number ${number}`, () => {
    const given = { ...row, ...other };
    assert.deepEqual(unpackedRow(packedRow(given), given.bucket), given);
  });
}
