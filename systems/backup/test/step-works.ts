// What killed-at-step kills: each is done by a process that dies at one of its steps, and then again, to its end.

import { collectGarbage } from '../src/collect/collect-garbage.ts';
import { rotateKeys } from '../src/core/keys/rotate-keys.ts';
import type { Repository } from '../src/core/repository.ts';
import { createSnapshot } from '../src/create/create-snapshot.ts';
import { stretchPasswordInPlace } from '../src/keys/stretch-password.ts';
import { testCost, testPassword } from './memory-repository.ts';

const who = { host: 'elm', user: 'ann' };
const cheaply = { cost: testCost, stretch: stretchPasswordInPlace };

export const stepWorks = {
  create: (repository: Repository, source: string) =>
    createSnapshot(repository, { paths: [source], archivers: 1, ...who }),
  gc: (repository: Repository) => collectGarbage(repository, { maxUnusedPercent: 0, ...who }),
  'key rotate': (repository: Repository) =>
    rotateKeys(repository, { password: testPassword, label: '', ...cheaply, ...who }),
} as const satisfies Readonly<Record<string, (repository: Repository, source: string) => Promise<unknown>>>;

export type StepWork = keyof typeof stepWorks;
