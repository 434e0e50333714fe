// The key file: made once, read again the same, refused when anything about it is wrong.

import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { createKeyFile, decodeKeyFile, encodeKeyFile, readKeyFile } from './key-file.ts';

const world = realWorld();

test('a key file is read as it was made, and only its owner may', async (t) => {
  const path = `${await temporaryDirectory(t)}/master.key`;
  assert.equal(await readKeyFile(world, path), undefined);
  const made = await createKeyFile(world, path);
  const read = await readKeyFile(world, path);
  assert.equal(read?.id, made.id);
  assert.deepEqual(Buffer.from(read!.key), Buffer.from(made.key));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('what a crash left beside the key file does not matter', async (t) => {
  const path = `${await temporaryDirectory(t)}/master.key`;
  await writeFile(`${path}.new`, 'half a ke');
  const made = await createKeyFile(world, path);
  assert.equal((await readKeyFile(world, path))?.id, made.id);
});

test('a key file that was touched is refused', () => {
  const file = encodeKeyFile({ id: '0123456789abcdef', key: world.random.bytes(32) });
  for (let bit = 0; bit < file.length * 8; bit++) {
    const changed = Buffer.from(file);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => decodeKeyFile(changed, 'k'), { code: 'UnusableKeyFile' }, `bit ${bit}`);
  }
  for (let length = 0; length < file.length; length++)
    assert.throws(() => decodeKeyFile(file.subarray(0, length), 'k'), { code: 'UnusableKeyFile' });
  assert.throws(() => decodeKeyFile(Buffer.concat([file, Buffer.alloc(1)]), 'k'), /has 83 bytes/);
});

test('a key file of a later version says so', () => {
  const file = encodeKeyFile({ id: '0123456789abcdef', key: world.random.bytes(32) });
  file.writeUInt16BE(2, 8);
  assert.throws(() => decodeKeyFile(file, 'master.key'), {
    message: /could not read the key file master.key: its version is 2, this program reads version 1/,
  });
});
