// Opens the store of delayed records in the data folder, and what works on it.

import { openSql } from '@cairn/engines';
import type { SpaceGuard } from '@cairn/resilience';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { MetadataSql } from '../metadata/store.ts';
import { delayMetrics } from './delay-metrics.ts';
import type { DelayTopics } from './delay-parts.ts';
import { Delays, type DelaysOptions } from './delays.ts';
import delayStore, { type DelaySql } from './store/delay-store.ts';

export type OpenDelaysOptions = {
  /** Of the broker; the store is a file in it. */
  readonly directory: string;
  readonly metadata: Pick<MetadataSql, 'write'>;
  readonly topics: DelayTopics;
  readonly autoCreateTopics: boolean;
  readonly world: World;
  readonly telemetry: Telemetry;
  readonly space?: SpaceGuard | undefined;
};

export type OpenedDelays = Pick<Delays, 'append' | 'requireUndelayed' | 'damaged' | 'close'> & {
  /** For who looks whether it is sound. */
  readonly rows: Pick<DelaySql, 'check' | 'read'>;
};

/** Of a broker's folder. */
export function openDelayStore({
  directory,
  world,
}: Pick<OpenDelaysOptions, 'directory' | 'world'>): Promise<DelaySql> {
  return openSql(delayStore, { url: `file:${directory}/delays.sqlite`, world });
}

export async function openDelays(options: OpenDelaysOptions): Promise<OpenedDelays> {
  const sql = await openDelayStore(options);
  try {
    const delays = await delaysOver(sql, options);
    const close = async () => {
      await delays.close();
      await sql.close();
    };
    return {
      append: (place, records) => delays.append(place, records),
      requireUndelayed: (place, records) => delays.requireUndelayed(place, records),
      damaged: () => delays.damaged(),
      close,
      rows: sql,
    };
  } catch (error) {
    await sql.close().catch(() => {});
    throw error;
  }
}

/** Over a store that is open, and stays the caller's. */
export async function delaysOver(
  sql: Pick<DelaySql, 'read' | 'write'>,
  { directory, metadata, topics, autoCreateTopics, world, telemetry, space }: OpenDelaysOptions,
): Promise<Delays> {
  const parts: Omit<DelaysOptions, 'producerId'> = {
    ...{ sql, topics, autoCreateTopics, clock: world.clock, space },
    rest: () => world.disk.freeBytes(directory),
    ...{ log: telemetry.log, metrics: delayMetrics(telemetry) },
  };
  const known = await sql.read('findProducerId', {});
  const producerId = known ?? (await claimProducerId(sql, metadata));
  return Delays.open({ ...parts, producerId });
}

async function claimProducerId(
  sql: Pick<DelaySql, 'write'>,
  metadata: Pick<MetadataSql, 'write'>,
): Promise<number> {
  const producerId = await metadata.write('takeProducerIds', { count: 1 });
  return sql.write('claimProducerId', { producerId });
}
