// The scenarios of the message queue: the honest ones, and mistakes that they have to catch.

import type { Scenario } from '@cairn/world/simulated';
import metadataStore from '../../src/metadata/store.ts';
import { putTransaction } from '../../src/metadata/transactions.ts';
import { TransactionFates } from '../../src/partition/compaction/transaction-fates.ts';
import type { KeyedStep } from './compaction-plan.ts';
import { compactionScenario } from './compaction-scenario.ts';
import { type PartitionStep, partitionScenario } from './partition-scenario.ts';
import type { TransactionStep } from './transaction-plan.ts';
import { transactionScenario } from './transaction-scenario.ts';

export const partition: Scenario<PartitionStep> = partitionScenario({ name: 'partition' });

/** Old segments go, and what is derived from the log rots. */
export const retention: Scenario<PartitionStep> = partitionScenario({
  name: 'retention',
  config: { retentionBytes: 5_000, segmentBytesMax: 2_048, timestampType: 'LogAppendTime' },
  rots: true,
});

export const rot: Scenario<PartitionStep> = partitionScenario({
  name: 'rot',
  config: { retentionMs: 2, segmentMs: 1, timestampType: 'LogAppendTime', retentionBytes: 20_000 },
  rots: true,
});

export const mutants = {
  'forgotten-sync': partitionScenario({
    name: 'forgotten-sync',
    mutate: (disk) =>
      changed(disk, {
        open: async (path, mode) => changed(await disk.open(path, mode), { sync: async () => undefined }),
      }),
  }),
  'forgotten-folder-sync': partitionScenario({
    name: 'forgotten-folder-sync',
    mutate: (disk) => changed(disk, { syncDirectory: async () => undefined }),
  }),
} as const satisfies Record<string, Scenario<PartitionStep>>;

export const compaction: Scenario<KeyedStep> = compactionScenario({ name: 'compaction', deletes: true });

/** Checkpoints or indexes rot. */
export const compactionRot: Scenario<KeyedStep> = compactionScenario({
  ...{ name: 'compactionRot', rots: true, deleteRetentionMs: 300 },
});

export const compactionMutants = {
  'unsynced-file': compactionScenario({
    name: 'unsynced-file',
    mutate: (disk) =>
      changed(disk, {
        open: async (path, mode) => {
          const file = await disk.open(path, mode);
          return path.endsWith('.batches') ? changed(file, { sync: async () => undefined }) : file;
        },
      }),
  }),
  'forgotten-list': compactionScenario({
    name: 'forgotten-list',
    mutate: (disk) =>
      changed(disk, {
        rename: (from, to) => (to.endsWith('/segments') ? disk.remove(from) : disk.rename(from, to)),
      }),
  }),
  'aborted-records-count': compactionScenario({
    name: 'aborted-records-count',
    sabotage: () => {
      const { isAborted } = TransactionFates.prototype;
      TransactionFates.prototype.isAborted = () => false;
      return () => {
        TransactionFates.prototype.isAborted = isAborted;
      };
    },
  }),
} as const satisfies Record<string, Scenario<KeyedStep>>;

export const transactions: Scenario<TransactionStep> = transactionScenario({ name: 'transactions' });

export const transactionMutants = {
  'forgotten-decision': transactionScenario({
    name: 'forgotten-decision',
    store: {
      ...metadataStore,
      writes: {
        ...metadataStore.writes,
        *putTransaction(input) {
          if (input.row.status === 'PrepareCommit') return true;
          return yield* putTransaction(input);
        },
      },
    },
  }),
  unguarded: transactionScenario({ name: 'unguarded', isGuarded: false }),
} as const satisfies Record<string, Scenario<TransactionStep>>;

/** The same object with some methods replaced. */
export function changed<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key) => {
      const value = Reflect.get(key in replaced ? replaced : target, key);
      return typeof value === 'function' && !(key in replaced) ? value.bind(target) : value;
    },
  });
}
