// Real processes that are killed after each change that `create`, `gc` and `key rotate` make to a repository, one after the other:
// a snapshot is there and whole, or not there; nothing else is lost; the next run finishes the work.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { verifyRepository } from '../src/check/verify-repository.ts';
import { forgetSnapshots } from '../src/core/forget-snapshots.ts';
import type { Repository } from '../src/core/repository.ts';
import { createSnapshot } from '../src/create/create-snapshot.ts';
import { restoreSnapshot } from '../src/restore/restore-snapshot.ts';
import { openStore } from '../src/stores/open-store.ts';
import { assertSameDescription, describeTree } from './compare-trees.ts';
import { initTestRepository, openTestRepository } from './memory-repository.ts';
import { type StepWork, stepWorks } from './step-works.ts';

const script = fileURLToPath(new URL('./killed-at-step.ts', import.meta.url));
const world = realWorld();
const who = { host: 'elm', user: 'ann' };
const parameters = { packBytes: 8 << 20, chunkBytes: { min: 4096, average: 16_384, max: 65_536 } };
/** More than either makes; a run that is not killed ends the loop. */
const stepsMax = 60;

type Trees = ReadonlyMap<string, ReadonlyMap<string, string>>;

for (const work of Object.keys(stepWorks) as StepWork[]) {
  test(`${work} is killed at each of its steps, and nothing is lost`, async (t) => {
    const folder = await temporaryDirectory(t);
    const [original, source] = [join(folder, 'original'), join(folder, 'source')];
    const trees = await makeRepository(original, source);
    const now = describeTree(source);
    let step = 1;
    for (; step < stepsMax; step += 1) {
      const repository = join(folder, `${step}`);
      cpSync(original, repository, { recursive: true });
      const isDone = await runKilled([work, repository, source, `${step}`]);
      await assertWhole(t, repository, { trees, source, now, work, step });
      rmSync(repository, { recursive: true });
      if (isDone) break;
    }
    t.diagnostic(`${step - 1} steps`);
    assert(step > 3 && step < stepsMax);
  });
}

/** Snapshots and what they hold: two, with what a third, which is forgotten, had besides. */
async function makeRepository(folder: string, source: string): Promise<Trees> {
  const blobs = await openStore({ url: `file:${folder}`, world });
  await initTestRepository({ blobs, world, parameters });
  const repository = await openTestRepository({ blobs, world });
  const trees = new Map<string, ReadonlyMap<string, string>>();
  mkdirSync(source);
  const ids: string[] = [];
  for (const round of [0, 1, 2]) {
    for (let file = 0; file < 4; file += 1)
      writeFileSync(join(source, `${round} ${file}`), randomBytes(100_000));
    if (round > 0) for (let file = 0; file < 3; file += 1) rmSync(join(source, `${round - 1} ${file}`));
    const { snapshot } = await createSnapshot(repository, { paths: [source], archivers: 1, ...who });
    ids.push(snapshot!.id);
    trees.set(snapshot!.id, describeTree(source));
  }
  await forgetSnapshots(repository, [ids[1]!]);
  trees.delete(ids[1]!);
  await repository.close();
  writeFileSync(join(source, 'not backed up yet'), randomBytes(200_000));
  return trees;
}

/** Whether it came to its end. */
function runKilled(words: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...words], (error, stdout, stderr) => {
      if (error !== null && error.signal !== 'SIGKILL') reject(new Error(stderr, { cause: error }));
      else resolve(stdout === 'done\n');
    });
  });
}

type Expected = {
  readonly trees: Trees;
  readonly source: string;
  readonly now: ReadonlyMap<string, string>;
  readonly work: StepWork;
  readonly step: number;
};

async function assertWhole(t: TestContext, folder: string, expected: Expected): Promise<void> {
  const { work, source, step } = expected;
  try {
    await withRepository(folder, (repository) => assertSnapshots(repository, expected));
    await withRepository(folder, async (repository) => {
      await stepWorks[work](repository, source);
      await assertSnapshots(repository, expected);
      await assertRestored(t, repository, expected);
    });
  } catch (error) {
    throw new Error(`killed at step ${step}`, { cause: error });
  }
}

async function withRepository(
  folder: string,
  work: (repository: Repository) => Promise<void>,
): Promise<void> {
  const blobs = await openStore({ url: `file:${folder}`, world });
  const repository = await openTestRepository({ blobs, world });
  await work(repository).finally(() => repository.close());
}

/** Those acknowledged are there, and whatever is there can be read. */
async function assertSnapshots(repository: Repository, { trees }: Expected): Promise<void> {
  const { findings } = await verifyRepository(repository, { readData: { kind: 'all' } });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'damage'),
    [],
  );
  const { snapshots } = await repository.snapshots();
  const ids = snapshots.map(({ id }) => id);
  for (const id of trees.keys()) assert(ids.includes(id), `snapshot ${id} is there`);
}

async function assertRestored(
  t: TestContext,
  repository: Repository,
  { trees, source, now }: Expected,
): Promise<void> {
  const { snapshots } = await repository.snapshots();
  for (const snapshot of snapshots) {
    const target = await temporaryDirectory(t);
    const options = { target, path: Buffer.from(source), workers: 1 };
    const { named } = await restoreSnapshot(repository, snapshot, options);
    assert.deepEqual(named, []);
    assertSameDescription(describeTree(target), trees.get(snapshot.id) ?? now);
  }
}
