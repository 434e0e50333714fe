// Getting and putting objects of 4 KiB, 1 MiB and 100 MiB, against nginx, s3rver and bare loops.

import type { BenchCase } from '@cairn/bench';
import { bareLoop, hello } from '../servers/bare.ts';
import { nginx } from '../servers/nginx.ts';
import { s3rver } from '../servers/s3rver.ts';
import type { ServerKind } from '../servers/server.ts';
import { type Comparison, compare } from './compare.ts';
import { getManyWorkload, getWorkload, putWorkload } from './object-workloads.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const MB = 1e6;

/** Few at a time and in all: it is the disk that limits their number. */
const few = { connections: 4, until: { requests: 4 } };

const get4KiB = getWorkload({ sizeBytes: 4 * KiB, unit: 'op/CPU-s' });
const get4KiBOfMany = getManyWorkload({ sizeBytes: 4 * KiB, unit: 'op/CPU-s' });
const get4KiBAtRate = getWorkload({
  sizeBytes: 4 * KiB,
  unit: 'ms p99',
  connections: 16,
  ratePerSecond: 2_000,
});
const get1MiB = getWorkload({ sizeBytes: MiB, unit: 'MB/s wall', amount: MiB / MB });
const get100MiB = getWorkload({ sizeBytes: 100 * MiB, unit: 'MB/s wall', amount: (100 * MiB) / MB });

const small = { sizeBytes: 4 * KiB, connections: 64 };
const put4KiB = putWorkload({ ...small, unit: 'op/CPU-s' });
const put4KiBSigned = putWorkload({ ...small, unit: 'op/CPU-s', signPayload: true });
const put4KiBWall = putWorkload({ ...small, unit: 'op/s wall' });
const put4KiBSignedWall = putWorkload({ ...small, unit: 'op/s wall', signPayload: true });
const put1MiB = putWorkload({ sizeBytes: MiB, unit: 'CPU-ms/op' });
const put1MiBSigned = putWorkload({ sizeBytes: MiB, unit: 'CPU-ms/op', signPayload: true });
const put1MiBWall = putWorkload({ sizeBytes: MiB, unit: 'MB/s wall', amount: MiB / MB });
const large = { sizeBytes: 100 * MiB, ...few };
const put100MiB = putWorkload({ ...large, unit: 'CPU-ms/op' });
const put100MiBSigned = putWorkload({ ...large, unit: 'CPU-ms/op', signPayload: true });
const put100MiBWall = putWorkload({ ...large, unit: 'MB/s wall', amount: (100 * MiB) / MB });

/** Goals that depend on how fast the machine computes the CRC that every block is verified by. */
export type ReadGoals = { readonly get1MiB: number; readonly get100MiB: number };

export function objectCases(ours: ServerKind, goals: ReadGoals): readonly BenchCase[] {
  return comparisons(goals).map((comparison) => compare({ ours, ...comparison }));
}

/** The same work on two checkouts of ours, each kind of work once. */
export function objectCasesAgainst(ours: ServerKind, peer: ServerKind): readonly BenchCase[] {
  const work = new Map(
    comparisons({ get1MiB: 1, get100MiB: 1 }).map(({ name, workload }) => [workload, name]),
  );
  return [...work].map(([workload, name]) =>
    compare({ name: name.replace(/-vs-.*/, ''), workload, ours, peer }),
  );
}

function comparisons(goals: ReadGoals): readonly Omit<Comparison, 'ours'>[] {
  return [
    { name: 'get-4kib-vs-hello', workload: get4KiB, peer: hello, goal: 0.4 },
    { name: 'get-4kib-of-40000-vs-hello', workload: get4KiBOfMany, peer: hello, goal: 0.4 },
    { name: 'get-4kib-vs-nginx-stretch', workload: get4KiB, peer: nginx, goal: 0.5 },
    { name: 'get-4kib-vs-s3rver', workload: get4KiB, peer: s3rver },
    { name: 'get-4kib-p99-at-2000-per-second', workload: get4KiBAtRate, peer: nginx, atMost: 3 },
    { name: 'get-1mib-wall', workload: get1MiB, peer: nginx, goal: goals.get1MiB },
    { name: 'get-100mib-wall', workload: get100MiB, peer: nginx, goal: goals.get100MiB },
    { name: 'put-4kib-wall', workload: put4KiBWall, peer: nginx, goal: 5 },
    { name: 'put-4kib-signed-wall', workload: put4KiBSignedWall, peer: nginx, goal: 5 },
    { name: 'put-4kib-vs-bare', workload: put4KiB, peer: bareLoop, goal: 0.6 },
    { name: 'put-4kib-signed-vs-bare', workload: put4KiBSigned, peer: bareLoop, goal: 0.6 },
    { name: 'put-4kib-vs-s3rver', workload: put4KiB, peer: s3rver },
    { name: 'put-1mib-vs-bare', workload: put1MiB, peer: bareLoop, atMost: 1.4 },
    { name: 'put-1mib-signed-vs-bare', workload: put1MiBSigned, peer: bareLoop, atMost: 1.4 },
    { name: 'put-1mib-wall', workload: put1MiBWall, peer: nginx },
    { name: 'put-100mib-vs-bare', workload: put100MiB, peer: bareLoop, atMost: 1.25 },
    { name: 'put-100mib-signed-vs-bare', workload: put100MiBSigned, peer: bareLoop, atMost: 1.25 },
    { name: 'put-100mib-wall', workload: put100MiBWall, peer: nginx },
  ];
}
