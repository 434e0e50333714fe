// A partition on two tiers: the honest scenarios, and mistakes that they have to catch.

import { crc32c } from '@cairn/hashing';
import type { Scenario } from '@cairn/world/simulated';
import type { RemoteStorage } from '../../src/remote/remote-storage.ts';
import { type PartitionStep, partitionScenario } from './partition-scenario.ts';
import { changed } from './scenarios.ts';

/** Old segments are moved to a blobs engine that fails, delays, and loses what it acknowledged. */
const moving = {
  hasEngine: true,
  rots: true,
  config: {
    segmentBytesMax: 2_048,
    remote: { isCopied: true, localRetentionMs: Number.POSITIVE_INFINITY, localRetentionBytes: 3_000 },
  },
} as const;

export const tiering: Scenario<PartitionStep> = partitionScenario({ name: 'tiering', ...moving });

export const tieringRetention: Scenario<PartitionStep> = partitionScenario({
  name: 'tiering-retention',
  ...moving,
  config: { ...moving.config, retentionBytes: 9_000, timestampType: 'LogAppendTime' },
});

export const tieringMutants = {
  /** The list of what was moved is not written. */
  'forgotten-list': partitionScenario({
    name: 'forgotten-list',
    ...moving,
    mutate: (disk) =>
      changed(disk, {
        rename: async (from, to) => {
          if (!to.endsWith('/remote')) await disk.rename(from, to);
        },
      }),
  }),
  /** What was sent is not read back. */
  unverified: partitionScenario({
    name: 'unverified',
    ...moving,
    mutateEngine: (engine) => ({ ...engine, storage: changed(engine.storage, believed(engine.storage)) }),
  }),
} as const satisfies Record<string, Scenario<PartitionStep>>;

/** Checksums of what was sent, instead of what is there. */
function believed(storage: RemoteStorage): Pick<RemoteStorage, 'put' | 'checksum'> {
  const sent = new Map<string, { sizeBytes: number; checksum: number }>();
  return {
    put: async (name, body, signal) => {
      const pieces = await Array.fromAsync(body);
      const bytes = Buffer.concat(pieces);
      sent.set(name, { sizeBytes: bytes.length, checksum: crc32c(bytes) });
      const again = async function* () {
        yield bytes;
      };
      await storage.put(name, again(), signal);
    },
    checksum: async (name) => sent.get(name),
  };
}
