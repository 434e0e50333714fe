// What is made of a measured load: one number in a unit.

import type { BenchCase, HttpLoadResult } from '@cairn/bench';

export type MeasuredLoad = HttpLoadResult & {
  /** Of the server, all its processes. */
  readonly cpuSeconds: number;
  /** How much of the unit's subject one request moves: 1 operation, MB of its body, keys of its answer. */
  readonly amount: number;
};

type Figure = { readonly better: BenchCase['better']; readonly of: (load: MeasuredLoad) => number };

const perCpuSecond: Figure = {
  better: 'more',
  of: ({ requests, amount, cpuSeconds }) => (requests * amount) / cpuSeconds,
};
const perWallSecond: Figure = {
  better: 'more',
  of: ({ requests, amount, wallSeconds }) => (requests * amount) / wallSeconds,
};

export const figures = {
  'op/CPU-s': perCpuSecond,
  'MB/CPU-s': perCpuSecond,
  'keys/CPU-s': perCpuSecond,
  'op/s wall': perWallSecond,
  'MB/s wall': perWallSecond,
  'CPU-ms/op': { better: 'less', of: ({ requests, cpuSeconds }) => (cpuSeconds * 1000) / requests },
  'ms p99': { better: 'less', of: ({ latency }) => latency.p99Ms },
} as const satisfies Record<string, Figure>;

export type FigureUnit = keyof typeof figures;
