import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SealedPack } from '../packing/sealed-pack.ts';
import { PackUploads, uploadsAtOnce } from './pack-uploads.ts';

function pack(sizeBytes: number): SealedPack {
  const nothing = new Uint8Array(0);
  return {
    id: '',
    type: 'data',
    sizeBytes,
    epoch: 1,
    salt: nothing,
    entries: nothing,
    entryCount: 0,
    bytes: nothing,
  };
}

const { signal } = new AbortController();
const options = { atOnce: 2, signal };

test('no more than wanted are under way: the third waits until one is durable', async () => {
  const begun: (() => void)[] = [];
  const store = () => new Promise<void>((resolve) => void begun.push(resolve));
  let stored = 0;
  const onStored = () => {
    stored += 1;
  };
  const uploads = new PackUploads({ ...options, store, onStored });
  const add = () => uploads.add(pack(1));
  await Promise.all([add(), add()]);
  const third = add();
  await new Promise(setImmediate);
  assert.deepEqual([begun.length, stored], [2, 0]);
  begun[1]!();
  await third;
  assert.deepEqual([begun.length, stored], [3, 1]);
  for (const resolve of begun) resolve();
  await uploads.drain();
  assert.deepEqual([stored, uploads.bytesUploaded], [3, 3]);
});

test('of larger packs fewer are under way, and always two', () => {
  const MiB = 1024 * 1024;
  assert.deepEqual(
    [8, 16, 64].map((size) => uploadsAtOnce({ packBytes: size * MiB })),
    [4, 2, 2],
  );
  assert.deepEqual(
    [8, 16].map((size) => uploadsAtOnce({ packBytes: size * MiB }, 16 * MiB)),
    [2, 2],
  );
});

test('after a failure nothing more is begun, and its buffer is not taken for free', async () => {
  let begun = 0;
  let freed = 0;
  const store = async () => {
    begun += 1;
    throw new Error('full');
  };
  const onStored = () => {
    freed += 1;
  };
  const uploads = new PackUploads({ ...options, store, onStored });
  await uploads.add(pack(1));
  await new Promise(setImmediate);
  await assert.rejects(uploads.add(pack(1)), /full/);
  await assert.rejects(uploads.drain(), /full/);
  await uploads.settle();
  assert.deepEqual([begun, freed], [1, 0]);
});
