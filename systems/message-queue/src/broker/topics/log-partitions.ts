// Opens partitions on the disk; all of a process share their indexes.

import type { SpaceGuard } from '@cairn/resilience';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { indexesMax } from '../../limits.ts';
import { IndexCache } from '../../partition/index-cache.ts';
import { openPartition } from '../../partition/open-partition.ts';
import type { SpareRoom } from '../../partition/spare-room.ts';
import { blobPrefix, type RemoteEngine } from '../../remote/remote-engine.ts';
import type { PartitionOpener } from './topic.ts';

export function logPartitions(options: {
  readonly world: World;
  readonly log: Telemetry['log'];
  readonly engine?: RemoteEngine | undefined;
  readonly space?: SpaceGuard | undefined;
  readonly spare?: SpareRoom | undefined;
}): PartitionOpener {
  const indexes = new IndexCache(indexesMax);
  return (request) => openPartition({ ...options, ...request, indexes, blobPrefix: blobPrefix(request) });
}
