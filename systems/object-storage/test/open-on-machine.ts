// Opens a storage on a simulated machine, with its metadata and index beside it.

import { openSimulatedSql } from '@cairn/engines';
import type { ObjectStorage } from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import type { SimulatedMachine } from '@cairn/world/simulated';
import { type AssembleOptions, assembleObjectStorage } from '../src/core/assemble.ts';
import indexStore from '../src/data/index-store.ts';
import metadataStore, { type MetadataSql } from '../src/metadata/store.ts';

export type OpenOnMachineOptions = Partial<Omit<AssembleOptions, 'metadata' | 'index'>> & {
  /** The store, with a fault of its own. */
  readonly metadata?: typeof metadataStore | undefined;
  /** Puts something between the storage and its metadata. */
  readonly wrap?: ((metadata: MetadataSql) => MetadataSql) | undefined;
};

/** What the machine has durable is there again. Nothing is held in reserve on its small disk. */
export async function openOnMachine(
  machine: SimulatedMachine,
  { metadata = metadataStore, wrap = (sql) => sql, ...options }: OpenOnMachineOptions = {},
): Promise<ObjectStorage> {
  return assembleObjectStorage({
    metadata: wrap(await openSimulatedSql(machine, metadata)),
    index: await openSimulatedSql(machine, indexStore),
    ...{ world: machine.world, directory: 'segments', writers: 1, segmentBytesMax: 1_000_000 },
    settings: { reserveBytes: 0 },
    telemetry: { ...silentTelemetry(), metrics: createMetrics() },
    ...options,
  });
}
