// The `create` of a real process: killed in the middle, and what the next one makes of what it left.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Blobs, openBlobs } from '@cairn/engines';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import type { RepositoryParameters } from '../src/core/init-repository.ts';
import type { CreateProgress } from '../src/create/create-options.ts';
import type { SnapshotSummary } from '../src/format/snapshot-record.ts';
import { assertMatchesDisk } from './compare-with-disk.ts';
import { initTestRepository, openTestRepository } from './memory-repository.ts';
import { contentOf, entriesOfSnapshot } from './snapshot-contents.ts';

const script = fileURLToPath(new URL('./create-in-process.ts', import.meta.url));
const parameters: RepositoryParameters = {
  chunkBytes: { min: 65_536, average: 131_072, max: 524_288 },
  packBytes: 8 << 20,
};

type Line = {
  readonly progress?: CreateProgress;
  readonly summary?: SnapshotSummary;
  readonly memoryBytes?: number;
};

type Place = { readonly source: string; readonly folder: string; readonly blobs: Blobs };

async function prepare(t: Parameters<typeof temporaryDirectory>[0]): Promise<Place> {
  const directory = await temporaryDirectory(t);
  const [source, folder] = [join(directory, 'source'), join(directory, 'repository')];
  mkdirSync(source);
  const world = realWorld();
  const blobs = await openBlobs({ url: `file:${folder}`, world });
  cleanUpAfter(t, () => blobs.close());
  await initTestRepository({ blobs, world, parameters });
  return { source, folder, blobs };
}

/** Lines of the process until its end, or until `stop` says yes: then it is killed as by a power cut. */
async function runCreate(
  { folder, source }: Place,
  options: { readonly rate?: number; readonly stop?: (line: Line) => boolean } = {},
): Promise<{ readonly last: Line; readonly killed: boolean }> {
  const { rate, stop = () => false } = options;
  const child = spawn(
    process.execPath,
    [script, folder, source, ...(rate === undefined ? [] : [`${rate}`])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exit = once(child, 'exit');
  let last: Line = {};
  for await (const text of createInterface({ input: child.stdout })) {
    last = JSON.parse(text) as Line;
    if (stop(last)) child.kill('SIGKILL');
  }
  const [, signal] = (await exit) as [number | null, NodeJS.Signals | null];
  return { last, killed: signal === 'SIGKILL' };
}

test('after a kill there is no snapshot, and the next backup stores only what was not indexed', async (t) => {
  const place = await prepare(t);
  // What is told last is told when the last file is read: eight packs may be on their way then.
  const files = 64;
  for (let i = 0; i < files; i += 1) writeFileSync(join(place.source, `file-${i}`), randomBytes(4 << 20));
  const killedAt = 150 << 20;
  const { killed } = await runCreate(place, {
    rate: 100 << 20,
    stop: ({ progress }) => progress !== undefined && progress.bytesUploaded > killedAt,
  });
  assert.equal(killed, true);
  const world = realWorld();
  const repository = await openTestRepository({ blobs: place.blobs, world });
  assert.deepEqual((await repository.snapshots()).snapshots, []);
  const { summary } = (await runCreate(place)).last;
  assert.equal(summary!.files, files);
  assert.ok(summary!.bytesAdded < (files * 4 - 120) << 20, `${summary!.bytesAdded} bytes were stored again`);
  const [snapshot] = (await repository.snapshots()).snapshots;
  const entries = await entriesOfSnapshot(repository, snapshot!);
  assertMatchesDisk(entries, place.source);
  for (const [path, entry] of entries) {
    if (entry.type === 'file')
      assert.ok((await contentOf(repository, entry)).equals(readFileSync(path)), path);
  }
  await repository.close();
});

test('a tree of 100,000 empty files takes little memory, and unchanged little more', async (t) => {
  const place = await prepare(t);
  for (let directory = 0; directory < 100; directory += 1) {
    mkdirSync(join(place.source, `${directory}`));
    for (let i = 0; i < 1000; i += 1) writeFileSync(join(place.source, `${directory}/${i}`), '');
  }
  const first = (await runCreate(place)).last;
  const again = (await runCreate(place)).last;
  assert.equal(first.summary!.filesNew, 100_000);
  assert.equal(again.summary!.filesUnmodified, 100_000);
  t.diagnostic(`${first.memoryBytes! >> 20} MiB, then ${again.memoryBytes! >> 20} MiB`);
  assert.ok(first.memoryBytes! < 300 << 20);
  assert.ok(again.memoryBytes! < 230 << 20);
});
