// Replication of a storage: its destinations, and the worker that brings versions there.

import type { Telemetry } from '@cairn/telemetry';
import type { ReplicationDestination } from '../../replication/replication-destination.ts';
import { localBucketOf } from '../../replication/replication-rules.ts';
import type { ObjectStorage } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';
import { Bandwidth } from './bandwidth.ts';
import { LocalDestination, type LocalDestinationParts } from './local-destination.ts';
import { replicationMetrics } from './replication-metrics.ts';
import { ReplicationSource } from './replication-source.ts';
import { ReplicationWorker } from './replication-worker.ts';

export type ReplicationSettings = {
  /** Besides the buckets of this storage, by their ARNs. */
  readonly destinations: Readonly<Record<string, ReplicationDestination>>;
  /** Of all replication together; no limit when undefined. */
  readonly bytesPerSecond: number | undefined;
};

type Started = Pick<ObjectStorage, 'replicationObjection' | 'retryReplication'> & {
  readonly worker: ReplicationWorker;
  readonly bandwidth: Bandwidth;
  find(target: string): ReplicationDestination | undefined;
  stop(): Promise<void>;
};

export function startReplication(
  parts: CoreParts,
  {
    settings,
    telemetry,
    storage,
  }: {
    settings: Partial<ReplicationSettings>;
    telemetry: Telemetry;
    storage: LocalDestinationParts['storage'];
  },
): Started {
  const { destinations = {}, bytesPerSecond } = settings;
  const { clock, random } = parts.world;
  const metrics = replicationMetrics(telemetry.metrics);
  const find = (target: string) => {
    if (Object.hasOwn(destinations, target)) return destinations[target];
    const bucket = localBucketOf(target);
    return bucket === undefined ? undefined : new LocalDestination({ ...parts, storage }, { bucket });
  };
  const bandwidth = new Bandwidth(clock, bytesPerSecond);
  const source = new ReplicationSource(parts, { bandwidth, metrics });
  const { metadata } = parts;
  const worker = new ReplicationWorker({
    ...{ clock, random, metadata, metrics, find, source },
    log: telemetry.log,
  });
  return {
    worker,
    bandwidth,
    find,
    async replicationObjection({ bucket, target }) {
      const destination = find(target);
      return destination === undefined ? 'Destination bucket must exist.' : destination.objection({ bucket });
    },
    retryReplication: () => metadata.write('retryReplication', {}),
    async stop() {
      await worker.stop();
      for (const destination of Object.values(destinations)) destination.close();
    },
  };
}
