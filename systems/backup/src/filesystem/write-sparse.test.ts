import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { seededRandom } from '../../test/seeded-random.ts';
import { writeSparse } from './write-sparse.ts';

async function written(
  t: TestContext,
  pieces: readonly { bytes: Uint8Array; offset: number }[],
  size: number,
) {
  const path = join(await temporaryDirectory(t), 'sparse');
  const descriptor = openSync(path, 'wx+');
  for (const { bytes, offset } of pieces) writeSparse(descriptor, bytes, offset);
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
  return { contents: readFileSync(path), blocks: statSync(path).blocks };
}

test('zeros take no space', async (t) => {
  const bytes = new Uint8Array(1 << 20);
  const { contents, blocks } = await written(t, [{ bytes, offset: 0 }], bytes.length);
  assert.equal(contents.compare(bytes), 0);
  assert.equal(blocks, 0);
});

test('a hole begins and ends at the blocks of the file, wherever pieces begin', async (t) => {
  const bytes = new Uint8Array(64 * 1024);
  bytes[0] = 1;
  const { blocks } = await written(t, [{ bytes, offset: 100 }], 100 + bytes.length);
  assert.equal(blocks * 512, 4096);
});

test('any contents come out as they went in', async (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 30; round += 1) {
    const pieces: { bytes: Uint8Array; offset: number }[] = [];
    let size = 0;
    for (let count = random.integer(5); count > 0; count -= 1) {
      const bytes = new Uint8Array(random.integer(30_000));
      for (let marks = random.integer(4); marks > 0; marks -= 1) bytes[random.integer(bytes.length)] = 7;
      pieces.push({ bytes, offset: size });
      size += bytes.length;
    }
    const { contents } = await written(t, pieces, size);
    assert.equal(contents.compare(Buffer.concat(pieces.map(({ bytes }) => bytes))), 0);
  }
});
