import assert from 'node:assert/strict';
import test from 'node:test';
import { checksumAlgorithms, checksumOf } from '@cairn/hashing';
import type { StorageClass, StoredChecksum } from '../core/object-storage.ts';
import { checksumFrom, checksumText, storageClassFrom } from './checksum-text.ts';

const algorithms = Object.keys(checksumAlgorithms) as StoredChecksum['algorithm'][];
const classes: readonly (StorageClass | undefined)[] = [
  ...([undefined, 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING'] as const),
  ...(['REDUCED_REDUNDANCY', 'GLACIER_IR'] as const),
];

function checksumsOf(algorithm: StoredChecksum['algorithm']): StoredChecksum[] {
  return Array.from({ length: 50 }, (_, seed) => {
    const value = checksumOf(algorithm, Buffer.from([seed])).toString('base64');
    return seed % 2 === 0
      ? { algorithm, value, type: 'FULL_OBJECT' }
      : { algorithm, value: `${value}-${seed}`, type: 'COMPOSITE' };
  });
}

test('what is kept of checksum and class is read back, whichever of them there is', () => {
  for (const storageClass of classes) {
    for (const checksum of [undefined, ...algorithms.flatMap(checksumsOf)]) {
      const text = checksumText(checksum, storageClass);
      assert.deepEqual(checksumFrom(text), checksum, String(text));
      assert.equal(storageClassFrom(text), storageClass, String(text));
    }
  }
});

test('STANDARD is not written, so that rows from before there were classes have the same text', () => {
  assert.equal(checksumText(undefined, 'STANDARD'), null);
  const checksum = { algorithm: 'crc32', value: 'AAAAAA==', type: 'FULL_OBJECT' } as const;
  assert.equal(checksumText(checksum, 'STANDARD'), 'crc32 FULL_OBJECT AAAAAA==');
});
