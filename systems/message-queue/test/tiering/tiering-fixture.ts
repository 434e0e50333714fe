// A partition on two tiers: a simulated machine, and a blobs engine beside it.

import { silentTelemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { Simulation } from '@cairn/world/simulated';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import type { PartitionConfig } from '../../src/partition/partition-config.ts';
import { type RemoteEngine, remoteEngine } from '../../src/remote/remote-engine.ts';
import { batchOf, open, within } from '../partition/partition-fixture.ts';
import { SimulatedBlobs } from '../simulation/simulated-blobs.ts';

/** Every batch of `append` fills a segment. */
export const tiered: Partial<PartitionConfig> = {
  segmentBytesMax: 512,
  remote: {
    isCopied: true,
    localRetentionMs: Number.POSITIVE_INFINITY,
    localRetentionBytes: 0,
  },
};

export type Tiers = {
  readonly world: World;
  readonly simulation: Simulation;
  readonly blobs: SimulatedBlobs;
  readonly engine: RemoteEngine;
};

export function engineOf(world: World, blobs: SimulatedBlobs): RemoteEngine {
  return remoteEngine({
    open: async () => blobs.open(world),
    clock: world.clock,
    telemetry: silentTelemetry(),
    copyBytesPerSecond: 2 ** 40,
    chunkBytes: 300,
  });
}

export function withinTiers(work: (tiers: Tiers) => Promise<void>): () => Promise<void> {
  return within(async (world, simulation) => {
    const blobs = new SimulatedBlobs({ clock: simulation.clock, random: simulation.random.stream('blobs') });
    await work({ world, simulation, blobs, engine: engineOf(world, blobs) });
  });
}

export function openTiered(
  { world, engine }: Pick<Tiers, 'world' | 'engine'>,
  config: Partial<PartitionConfig> = {},
): Promise<LogPartition> {
  return open(world, { ...tiered, ...config, engine });
}

/** Each text a batch of its own, of about a segment. */
export async function append(
  partition: LogPartition,
  texts: readonly string[],
  timestampMs = 1_000,
): Promise<void> {
  for (const text of texts)
    await partition.append({ records: batchOf([text.padEnd(450, '.')], { timestampMs }) });
}

/** Copies all that waits, and removes here what is due. */
export async function moveAll(partition: LogPartition): Promise<void> {
  const { signal } = new AbortController();
  while (await partition.tiers.step(signal));
  await partition.upkeep();
}

/** What was appended, without what filled the segment. */
export function words(records: readonly { readonly text: string }[]): readonly string[] {
  return records.map(({ text }) => text.replace(/\.+$/, ''));
}
