// Opens a queue's log in its folder, and with it the queue, as a crash left them; and removes the folder of one that is gone.

import type { SpaceGuard } from '@cairn/resilience';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { queueBatchBytesMax, queueSegmentBytes } from '../limits.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { IndexCache } from '../partition/index-cache.ts';
import { openPartition } from '../partition/open-partition.ts';
import type { PartitionConfig } from '../partition/partition-config.ts';
import type { SpareRoom } from '../partition/spare-room.ts';
import { Queue, type QueueParts } from './queue.ts';
import type { QueueDefinition } from './queue-definition.ts';

import { QueueError } from './queue-error.ts';

export type QueueSurroundings = {
  readonly world: World;
  readonly sql: MetadataSql;
  /** Its folders are named after ids. */
  readonly directory: string;
  /** The number of this start of the broker, higher than all before. */
  readonly start: number;
  /** One for all partitions of a process. */
  readonly indexes: IndexCache;
  readonly log: Telemetry['log'];
  /** Asked before messages are sent; absent where nothing is kept free. */
  readonly space?: SpaceGuard | undefined;
  readonly spare?: SpareRoom | undefined;
};

const segmentMs = 60 * 60 * 1_000;

/** Retention is the queue's own: by message, not by segment. */
export const queuePartitionConfig: PartitionConfig = {
  ...{ segmentBytesMax: queueSegmentBytes, segmentMs, batchBytesMax: queueBatchBytesMax },
  ...{ timestampType: 'CreateTime', durability: 'synced', isDeleted: false, isCompacted: false },
  timestampBeforeMsMax: Number.POSITIVE_INFINITY,
  timestampAfterMsMax: Number.POSITIVE_INFINITY,
  retentionMs: Number.POSITIVE_INFINITY,
  retentionBytes: Number.POSITIVE_INFINITY,
  ...{ minCleanableDirtyRatio: 1, minCompactionLagMs: 0, maxCompactionLagMs: Number.POSITIVE_INFINITY },
  deleteRetentionMs: Number.POSITIVE_INFINITY,
};

/** Throws QueueError ServiceUnavailable, after `onDamaged`, when nobody knows which of its messages are gone. */
export async function openQueue(
  surroundings: QueueSurroundings,
  {
    definition: { id, name, settings },
    onDamaged,
    ...rest
  }: { definition: QueueDefinition; onDamaged: () => void } & Pick<
    QueueParts,
    'handles' | 'receiveNumbers' | 'bury' | 'onFailed'
  >,
): Promise<Queue> {
  const { world, sql, directory, start, indexes, log, space, spare } = surroundings;
  const { onFailed } = rest;
  const known = await sql.read('findQueueRows', { queue: id });
  // Without a range messages that were deleted would come again; with a wrong one others would be lost.
  if (known.gone.some(({ isIntact }) => !isIntact)) {
    onDamaged();
    log.error('a queue is not opened, as rows of what is gone are damaged', { queue: name, id });
    const what = `The queue ${name} is closed: rows of what is gone of it are damaged.`;
    throw new QueueError('ServiceUnavailable', what);
  }
  if (known.damagedReceived > 0)
    log.warn('counts of receives are damaged, and begin anew', { queue: name, count: known.damagedReceived });
  const partition = await openPartition({
    ...{
      world,
      directory: `${directory}/${id}`,
      config: queuePartitionConfig,
      leaderEpoch: start,
      indexes,
      log,
      space,
      spare,
    },
    onFailed: () => onFailed(new Error('the log of a queue takes no more writes')),
  });
  const write = (rows: Parameters<QueueParts['write']>[0]): Promise<void> =>
    sql.write('changeQueueRows', { queue: id, rows });
  const onPassedOver: QueueParts['onPassedOver'] = (range) =>
    log.error('messages of a queue are damaged, and passed over', {
      directory: `${directory}/${id}`,
      ...range,
    });
  try {
    return await Queue.open({
      id,
      clock: world.clock,
      partition,
      settings,
      known,
      write,
      onPassedOver,
      ...rest,
    });
  } catch (error) {
    // Else the next attempt would find its log held.
    await partition.close().catch(() => {});
    throw error;
  }
}

/** The files of a queue's log. Repeating it changes nothing. */
export async function removeQueueFiles({ world, directory }: QueueSurroundings, id: string): Promise<void> {
  const folder = `${directory}/${id}`;
  const names = await world.disk.list(folder);
  for (const name of names) await world.disk.remove(`${folder}/${name}`);
  if (names.length > 0) await world.disk.syncDirectory(folder);
}
