import assert from 'node:assert/strict';
import test from 'node:test';
import { checksumOf } from '@cairn/hashing';
import { completion, type PartRow } from './completion.ts';

const contents = [Buffer.alloc(10, 'a'), Buffer.alloc(12, 'b'), Buffer.from('c')];
const stored: PartRow[] = contents.map((bytes, index) => ({
  number: (index + 1) * 2,
  blob: `blob-${index}`,
  size: bytes.length,
  etag: checksumOf('md5', bytes).toString('hex'),
  modified_ms: 0,
  checksum: checksumOf('crc32c', bytes).toString('base64'),
  start: null,
  salt: null,
}));
const requested = stored.map(({ number, etag }) => ({ number, etag }));
const base = { requested, stored, checksum: undefined, partBytesMin: 10 };

test('the ETag is the MD5 of the MD5s, with the number of parts', () => {
  const completed = completion(base);
  assert(typeof completed !== 'string');
  const md5s = Buffer.concat(contents.map((bytes) => checksumOf('md5', bytes)));
  assert.equal(completed.etag, `${checksumOf('md5', md5s).toString('hex')}-3`);
  assert.equal(completed.sizeBytes, 23);
  assert.deepEqual(completed.parts, [
    { number: 2, start: 0 },
    { number: 4, start: 10 },
    { number: 6, start: 22 },
  ]);
});

test('a full object checksum is that of all bytes', () => {
  const completed = completion({ ...base, checksum: { algorithm: 'crc32c', type: 'FULL_OBJECT' } });
  assert(typeof completed !== 'string');
  assert.equal(completed.checksum?.value, checksumOf('crc32c', Buffer.concat(contents)).toString('base64'));
});

test('a composite checksum is that of the parts’ checksums, with their number', () => {
  const completed = completion({ ...base, checksum: { algorithm: 'crc32c', type: 'COMPOSITE' } });
  assert(typeof completed !== 'string');
  const digests = Buffer.concat(contents.map((bytes) => checksumOf('crc32c', bytes)));
  assert.equal(completed.checksum?.value, `${checksumOf('crc32c', digests).toString('base64')}-3`);
});

test('parts may be left out', () => {
  const completed = completion({ ...base, requested: [requested[0]!, requested[2]!] });
  assert(typeof completed !== 'string');
  assert.equal(completed.sizeBytes, 11);
});

const refused = [
  ['parts out of order', { requested: [requested[1]!, requested[0]!] }, 'InvalidPartOrder'],
  ['a part twice', { requested: [requested[0]!, requested[0]!] }, 'InvalidPartOrder'],
  ['a part that was never uploaded', { requested: [{ number: 3, etag: requested[0]!.etag }] }, 'InvalidPart'],
  ['another ETag', { requested: [{ number: 2, etag: requested[1]!.etag }] }, 'InvalidPart'],
  ['another checksum', { requested: [{ ...requested[0]!, checksum: 'AAAAAA==' }] }, 'InvalidPart'],
  ['no part at all', { requested: [] }, 'InvalidPart'],
  ['a short part that is not the last', { partBytesMin: 11 }, 'EntityTooSmall'],
  [
    'more than 5 TiB in all',
    { stored: stored.map((part) => ({ ...part, size: 2 * 1024 ** 4 })) },
    'EntityTooLarge',
  ],
] as const;

for (const [what, change, code] of refused) {
  test(`${what} is ${code}`, () => {
    assert.equal(completion({ ...base, ...change }), code);
  });
}
