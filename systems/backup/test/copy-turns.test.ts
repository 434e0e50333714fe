// Who copies snapshots in a process that serves others does not stop it, however slow the compression is.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { copySnapshots, createSnapshot, verifyRepository } from '../src/index.ts';
import { memoryRepository } from './memory-repository.ts';

const who = { host: 'elm', user: 'ann' };
/** At level 15 a chunk of 2 MiB takes some 500 ms of a quiet machine; all else took 15 to 200 ms, the most on a busy one. */
const longestTurnMs = 300;

test('copying at a slow level takes no long turn of the event loop, and copies what was there', async (t) => {
  const tree = await temporaryDirectory(t);
  const words = Array.from({ length: 2000 }, () => randomBytes(6).toString('hex'));
  const text = Array.from(randomBytes(1_200_000), (byte, at) => words[(byte * 7 + at * at) % words.length]);
  await writeFile(join(tree, 'text'), text.join(' '));
  await writeFile(join(tree, 'noise'), randomBytes(3_000_000));
  const { repository: source } = await memoryRepository();
  const { repository: target } = await memoryRepository({ parameters: { compressionLevel: 15 } });
  t.after(() => Promise.all([source.close(), target.close()]));
  await createSnapshot(source, { paths: [tree], ...who });
  const { snapshots } = await source.snapshots();
  const longestMs = await longestTurnOf(() => copySnapshots(source, target, snapshots, who));
  t.diagnostic(`the longest turn took ${longestMs} ms`);
  assert(longestMs < longestTurnMs, `a turn took ${longestMs} ms`);
  const { findings, chunks } = await verifyRepository(target, { readData: { kind: 'all' } });
  assert.deepEqual(findings, []);
  assert(chunks > 10);
});

/** CPU time of this thread between two looks at the event loop. */
async function longestTurnOf(work: () => Promise<unknown>): Promise<number> {
  let longestMs = 0;
  let lastMs = cpuMs();
  let isOver = false;
  const look = () => {
    const nowMs = cpuMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  try {
    await work();
  } finally {
    isOver = true;
  }
  return longestMs;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
