// The scenarios of the segment log: the honest ones, and mistakes that they have to catch.

import type { DiskFile } from '@cairn/world';
import type { Scenario } from '@cairn/world/simulated';
import { segmentHeaderBytes } from '../src/limits.ts';
import { changed } from './bad-blocks.ts';
import { type LogStep, logScenario } from './log-scenario.ts';

/** Crashes, failing and full disks. Nothing rots, so nothing may be reported damaged. */
export const diskErrors: Scenario<LogStep> = logScenario({ name: 'disk-errors', trouble: 'disk errors' });

/** Crashes, and bits of durable records and headers that flip. */
export const rot: Scenario<LogStep> = logScenario({ name: 'rot', trouble: 'rot' });

/** Crashes, and blocks with durable records that the disk cannot read any more, some of which it gives back later. */
export const badSectors: Scenario<LogStep> = logScenario({ name: 'bad-sectors', trouble: 'bad sectors' });

/** A log that leaves something out, made by a disk that does not do it. */
export const mutants = {
  'forgotten-sync': mutant('forgotten-sync', () => ({ sync: async () => undefined })),
  /** Only files that hold something when they are opened are not synced. */
  'forgotten-recovery-sync': logScenario({
    name: 'forgotten-recovery-sync',
    trouble: 'disk errors',
    mutate: (disk) =>
      changed(disk, {
        open: async (path, mode) => {
          const file = await disk.open(path, mode);
          const isNew = mode === 'create' || (await file.sizeBytes()) === segmentHeaderBytes;
          return isNew ? file : changed(file, { sync: async () => undefined });
        },
      }),
  }),
  'ignored-sync-error': mutant('ignored-sync-error', (file) => ({
    sync: () => file.sync().catch(() => undefined),
  })),
  'forgotten-cut': mutant('forgotten-cut', () => ({ truncate: async () => undefined })),
  'forgotten-folder-sync': logScenario({
    name: 'forgotten-folder-sync',
    trouble: 'disk errors',
    mutate: (disk) => changed(disk, { syncDirectory: async () => undefined }),
  }),
} as const satisfies Record<string, Scenario<LogStep>>;

function mutant(name: string, mutation: (file: DiskFile) => Partial<DiskFile>): Scenario<LogStep> {
  return logScenario({
    name,
    trouble: 'disk errors',
    mutate: (disk) =>
      changed(disk, {
        open: async (path, mode) => {
          const file = await disk.open(path, mode);
          return changed(file, mutation(file));
        },
      }),
  });
}
