// What the commands take at their peak, as the kernel counts it: the parts that DESIGN.md names ("Where memory goes"), and
// nothing that grows with the files.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { cairn } from '../bench/tools/cairn.ts';

const MiB = 1024 * 1024;
const skip = findProgram('python3') === undefined && 'not installed: python3';

/** Two archivers; each core more has another. */
const archiverBytesMax = 30 * MiB;
const moreArchivers = Math.max(0, availableParallelism() - 2);

/** Content of its own for each file, so that packs fill. */
function makeSmallFiles(folder: string, count: number): void {
  const bytes = randomBytes(MiB);
  for (let directory = 0; directory < count / 500; directory += 1) {
    mkdirSync(join(folder, `${directory}`), { recursive: true });
    for (let file = 0; file < 500; file += 1) {
      bytes.writeUInt32LE(directory * 500 + file);
      writeFileSync(join(folder, `${directory}/${file}`), bytes.subarray(0, 4096 + file));
    }
  }
}

function makeLargeFile(path: string, sizeBytes: number): void {
  const file = openSync(path, 'w');
  for (let written = 0; written < sizeBytes; written += MiB) writeSync(file, randomBytes(MiB));
}

test('backups of many small files, of a large one, and of what is unchanged stay small, and so do verify and restore', {
  skip,
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const [small, large] = [join(directory, 'small'), join(directory, 'large')];
  makeSmallFiles(small, 20_000);
  mkdirSync(large);
  makeLargeFile(join(large, 'file'), 160 * MiB);
  const tool = cairn();
  const repository = join(directory, 'repository');
  await tool.init(repository);
  // Compiled code is kept from the first run on, for which a compiler of 25 MiB is loaded.
  await tool.backup(repository, join(small, '0'));
  const target = join(directory, 'target');
  for (const [name, run, limitMiB] of [
    ['small files', () => tool.backup(repository, small), 170],
    ['unchanged', () => tool.backup(repository, small), 150],
    ['verify', () => tool.verify(repository), 150],
    ['restore', () => tool.restore(repository, target), 165],
    ['a large file', () => tool.backup(repository, large), 150],
  ] as const) {
    const { peakBytes } = await run();
    t.diagnostic(`${name}: ${Math.round(peakBytes / MiB)} MiB`);
    const limit = limitMiB * MiB + moreArchivers * archiverBytesMax;
    assert(peakBytes < limit, `${name}: ${peakBytes} bytes, at most ${limit}`);
  }
});
