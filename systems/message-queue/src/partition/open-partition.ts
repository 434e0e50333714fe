// Opens a partition in its folder, as a crash left it.

import type { SpaceGuard } from '@cairn/resilience';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { RemoteEngine } from '../remote/remote-engine.ts';
import type { IndexCache } from './index-cache.ts';
import { LogPartition } from './log-partition.ts';
import type { PartitionConfig } from './partition-config.ts';
import { PartitionState } from './partition-state.ts';
import { recoverPartition } from './recover-partition.ts';
import type { SpareRoom } from './spare-room.ts';

export type OpenPartitionOptions = {
  readonly world: World;
  /** Made when missing. */
  readonly directory: string;
  readonly config: PartitionConfig;
  /** Higher than in every earlier start. */
  readonly leaderEpoch: number;
  /** One for all partitions of a process. */
  readonly indexes: IndexCache;
  /** Where segments are moved, if the configuration says so; absent where none is configured. */
  readonly engine?: RemoteEngine | undefined;
  /** All blobs of the partition, and no others, begin with it. */
  readonly blobPrefix?: string;
  readonly log: Telemetry['log'];
  /** Asked before each append; absent where nothing is kept free. One for all of a file system. */
  readonly space?: SpaceGuard | undefined;
  /** For what makes room on a full disk; absent where none is kept. One for all of a file system. */
  readonly spare?: SpareRoom | undefined;
  /** Called once when its log takes no more writes: it is to be closed and opened again. */
  readonly onFailed?: () => void;
};

/** Throws DiskError, and SegmentLogError for a log that cannot be opened at all. */
export async function openPartition(options: OpenPartitionOptions): Promise<LogPartition> {
  const { world, directory, config, leaderEpoch, indexes, log, onFailed = () => {} } = options;
  const { segmentBytesMax } = config;
  const { engine, blobPrefix: prefix = `${directory}/`, space, spare } = options;
  const chunks = engine?.chunks;
  const recovered = await recoverPartition({ world, directory, indexes, segmentBytesMax, chunks });
  for (const damage of recovered.log.damage)
    log.error('a partition has damaged records', { directory, ...damage });
  for (const one of recovered.producers.undecided())
    log.error('a transaction may have ended in what is damaged: committed records wait for a repair', {
      ...{ directory, ...one },
    });
  const state = new PartitionState(recovered, { leaderEpoch, config });
  const remote = { list: recovered.remote, engine, prefix };
  return new LogPartition({ world, directory, log, state, remote, space, spare, onFailed });
}
