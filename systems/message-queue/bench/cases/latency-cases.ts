// How long an acknowledgement takes at 1,000 messages a second, each in a request of its own (`linger.ms=0`).

import type { BenchCase } from '@cairn/bench';
import { type Latency, publish, publishAtRate } from '../load/publish.ts';
import type { CairnServer } from '../servers/cairn.ts';
import { jetstream } from '../servers/jetstream.ts';
import { redisAlways } from '../servers/redis.ts';
import type { MessageServer, ServerKind } from '../servers/server.ts';
import { compare, type Workload } from './compare.ts';

const ratePerSecond = 1_000;
const message = { messageBytes: 1024, batch: 1 };
/** The 99th percentile leaves out 10. */
const messages = 1_000;

export function latencyCases(kind: ServerKind<CairnServer>): readonly BenchCase[] {
  return [
    ...bothPercentiles('latency-os-vs-jetstream', kind, jetstream, false),
    ...bothPercentiles('latency-synced-vs-redis-always', kind, redisAlways, true),
  ];
}

function bothPercentiles(
  name: string,
  kind: ServerKind<CairnServer>,
  peer: ServerKind<MessageServer>,
  synced: boolean,
): readonly BenchCase[] {
  return (['p50', 'p99'] as const).map((percentile) => {
    const workload = atRate({ percentile, synced });
    return compare({ kind, workload }, { kind: peer, workload }, { name: `${name}-${percentile}`, goal: 1 });
  });
}

function atRate({
  percentile,
  synced,
}: {
  readonly percentile: 'p50' | 'p99';
  readonly synced: boolean;
}): Workload<MessageServer> {
  return {
    ...{ unit: `ms ${percentile}`, better: 'less' },
    // A server that just started runs slow code for its first thousands of requests.
    prepare: async (server, { tiny }) => {
      const until = { messages: tiny ? 1 : 10_000 };
      await publish(await server.publishing({ ...message, synced }), { window: 16, until });
    },
    measure: async (server, { tiny }) => {
      const publishing = await server.publishing({ ...message, synced });
      const load = { ratePerSecond, messages: tiny ? 20 : messages };
      return of[percentile](await publishAtRate(publishing, load));
    },
  };
}

const of = {
  p50: ({ p50Ms }: Latency) => p50Ms,
  p99: ({ p99Ms }: Latency) => p99Ms,
};
