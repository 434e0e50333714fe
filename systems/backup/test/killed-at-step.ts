// A process that kills itself (SIGKILL) right after its n-th change of a repository in a folder. Arguments: the name of
// the work, the repository's folder, the source, n. It prints `done` when it makes fewer changes.

import type { Blobs } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import { openStore } from '../src/stores/open-store.ts';
import { openTestRepository } from './memory-repository.ts';
import { type StepWork, stepWorks } from './step-works.ts';

const [work, folder, source, step] = process.argv.slice(2);
const world = realWorld();
let changes = 0;

async function counted<Result>(change: () => Promise<Result>): Promise<Result> {
  changes += 1;
  const isLast = changes === Number(step);
  const result = await change();
  if (isLast) process.kill(process.pid, 'SIGKILL');
  return result;
}

function counting(blobs: Blobs): Blobs {
  return {
    put: (name, body, options) => counted(() => blobs.put(name, body, options)),
    get: (name, options) => blobs.get(name, options),
    head: (name) => blobs.head(name),
    delete: (names) => counted(() => blobs.delete(names)),
    list: (options) => blobs.list(options),
    close: () => blobs.close(),
  };
}

const blobs = counting(await openStore({ url: `file:${folder}`, world }));
const repository = await openTestRepository({ blobs, world });
await stepWorks[work as StepWork](repository, source!);
await repository.close();
console.log('done');
