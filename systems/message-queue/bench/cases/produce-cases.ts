// Produce and consume: librdkafka as the client of ours, finished bytes over one socket for every peer.

import type { BenchCase } from '@cairn/bench';
import { appendLoop, rawFrames } from '../servers/bare.ts';
import { type CairnServer, cairnAs } from '../servers/cairn.ts';
import { jetstream } from '../servers/jetstream.ts';
import { rabbitQuorum, rabbitStream } from '../servers/rabbitmq.ts';
import { redisAlways, redisEverySecond } from '../servers/redis.ts';
import type { MessageServer, ServerKind } from '../servers/server.ts';
import { compare, limited, type Workload } from './compare.ts';
import { type ByLibrdkafka, consuming, producing, publishing } from './message-workloads.ts';

type Kind = ServerKind<CairnServer>;

/** What a peer's client sends by one write; each of these messages is acknowledged alone. */
const together = { batch: 50 };
const KiB = 1024;

export function produceCases(kind: Kind): readonly BenchCase[] {
  return [...unsyncedCases(kind), ...syncedCases(kind), ...consumeCases(kind)];
}

function unsyncedCases(kind: Kind): readonly BenchCase[] {
  const synced = false;
  const costs = (name: string, load: Omit<ByLibrdkafka, 'unit' | 'synced'>, limit: number): BenchCase =>
    limited({ kind, workload: producing({ unit: 'CPU-us/msg', synced, ...load }) }, { name, limit });
  const against = (options: {
    readonly name: string;
    readonly unit: 'msg/s wall' | 'msg/CPU-s';
    readonly peer: ServerKind<MessageServer>;
    readonly partitions?: number;
    readonly goal?: number;
  }): BenchCase => {
    const { name, unit, peer, partitions = 1, goal } = options;
    const message = { unit, messageBytes: KiB, synced };
    return compare(
      { kind, workload: producing({ ...message, partitions }) },
      { kind: peer, workload: publishing({ ...message, ...together }) },
      { name, ...(goal === undefined ? {} : { goal }) },
    );
  };
  return [
    costs('produce-1kib-cost', { messageBytes: KiB }, 4),
    costs('produce-1kib-cost-100-partitions', { messageBytes: KiB, partitions: 100 }, 4),
    costs('produce-100b-cost', { messageBytes: 100 }, 1),
    costs('produce-100b-cost-100-partitions', { messageBytes: 100, partitions: 100 }, 1),
    against({ name: 'produce-1kib-vs-jetstream-wall', unit: 'msg/s wall', peer: jetstream, goal: 2 }),
    against({ name: 'produce-1kib-vs-jetstream', unit: 'msg/CPU-s', peer: jetstream, goal: 1.5 }),
    against({
      ...{ name: 'produce-1kib-vs-jetstream-wall-100-partitions', unit: 'msg/s wall' },
      ...{ peer: jetstream, partitions: 100, goal: 2 },
    }),
    against({ name: 'produce-1kib-vs-redis-everysec', unit: 'msg/CPU-s', peer: redisEverySecond }),
    against({ name: 'produce-1kib-vs-rabbitmq-stream', unit: 'msg/CPU-s', peer: rabbitStream }),
  ];
}

function syncedCases(kind: Kind): readonly BenchCase[] {
  const message = { unit: 'msg/s wall', messageBytes: KiB, synced: true } as const;
  const against = (name: string, peer: ServerKind<MessageServer>, goal: number): BenchCase =>
    compare(
      { kind, workload: producing(message) },
      { kind: peer, workload: publishing({ ...message, ...together }) },
      { name, goal },
    );
  const againstUnsynced = (name: string, partitions: number): BenchCase =>
    compare(
      { kind, workload: producing({ ...message, partitions }) },
      {
        kind: cairnAs('ours, durability=os'),
        workload: producing({ ...message, partitions, synced: false }),
      },
      { name, goal: 0.6 },
    );
  return [
    againstUnsynced('produce-1kib-synced-wall', 1),
    againstUnsynced('produce-1kib-synced-wall-100-partitions', 100),
    against('produce-1kib-synced-vs-redis-always-wall', redisAlways, 2),
    against('produce-1kib-synced-vs-rabbitmq-quorum-wall', rabbitQuorum, 10),
  ];
}

function consumeCases(kind: Kind): readonly BenchCase[] {
  const costs = (name: string, messageBytes: number, partitions: number, limit: number): BenchCase =>
    limited({ kind, workload: consuming({ unit: 'CPU-us/msg', messageBytes, partitions }) }, { name, limit });
  return [
    costs('consume-1kib-cost', KiB, 1, 3),
    costs('consume-1kib-cost-100-partitions', KiB, 100, 3),
    costs('consume-100b-cost', 100, 1, 0.7),
    costs('consume-100b-cost-100-partitions', 100, 100, 0.7),
  ];
}

/** Batches of 1 MiB that were made before, and frames of 1 MiB. */
export function largeBatchCases(kind: Kind): readonly BenchCase[] {
  const message = { unit: 'MB/s wall', messageBytes: KiB, synced: false } as const;
  // With the heads of records and of the batch a little less than 1 MiB, which a topic takes at most.
  const batches = { ...message, batch: 1_000, window: 16_000 };
  const against = (
    name: string,
    workload: Workload<CairnServer>,
    peer: ServerKind<MessageServer>,
    goal?: number,
  ): BenchCase =>
    compare(
      { kind, workload },
      { kind: peer, workload: publishing(batches) },
      { name, ...(goal === undefined ? {} : { goal }) },
    );
  return [
    against('batches-1mib-vs-tcp-wall', publishing(batches), rawFrames, 0.3),
    against(
      'batches-1mib-100-partitions-vs-tcp-wall',
      publishing({ ...batches, partitions: 100 }),
      rawFrames,
      0.3,
    ),
    against('batches-1mib-vs-append-loop-wall', publishing(batches), appendLoop),
    against('librdkafka-vs-tcp-wall', producing(message), rawFrames),
    against('librdkafka-100-partitions-vs-tcp-wall', producing({ ...message, partitions: 100 }), rawFrames),
  ];
}
