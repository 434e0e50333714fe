// Opens a partition in its folder, as a crash left it.

import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { IndexCache } from './index-cache.ts';
import { LogPartition } from './log-partition.ts';
import type { PartitionConfig } from './partition-config.ts';
import { PartitionState } from './partition-state.ts';
import { recoverPartition } from './recover-partition.ts';

export type OpenPartitionOptions = {
  readonly world: World;
  /** Made when missing. */
  readonly directory: string;
  readonly config: PartitionConfig;
  /** Higher than in every earlier start. */
  readonly leaderEpoch: number;
  /** One for all partitions of a process. */
  readonly indexes: IndexCache;
  readonly log: Telemetry['log'];
  /** Called once when its log takes no more writes: it is to be closed and opened again. */
  readonly onFailed?: () => void;
};

/** Throws DiskError, and SegmentLogError for a log that cannot be opened at all. */
export async function openPartition(options: OpenPartitionOptions): Promise<LogPartition> {
  const { world, directory, config, leaderEpoch, indexes, log, onFailed = () => {} } = options;
  const { segmentBytesMax } = config;
  const recovered = await recoverPartition({ world, directory, indexes, segmentBytesMax });
  for (const damage of recovered.log.damage)
    log.error('a partition has damaged records', { directory, ...damage });
  const state = new PartitionState(recovered, { leaderEpoch, config });
  return new LogPartition({ world, directory, log, state, onFailed });
}
