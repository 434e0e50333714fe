// What is made of a measured load: one number in a unit.

import type { BenchCase } from '@cairn/bench';

export type MeasuredLoad = {
  /** Messages; or MB, or requests: what the unit counts. */
  readonly amount: number;
  readonly wallSeconds: number;
  /** Of the server, all its processes. */
  readonly cpuSeconds: number;
};

type Figure = { readonly better: BenchCase['better']; readonly of: (load: MeasuredLoad) => number };

const perCpuSecond: Figure = { better: 'more', of: ({ amount, cpuSeconds }) => amount / cpuSeconds };
const perWallSecond: Figure = { better: 'more', of: ({ amount, wallSeconds }) => amount / wallSeconds };

export const figures = {
  'msg/CPU-s': perCpuSecond,
  'op/CPU-s': perCpuSecond,
  'msg/s wall': perWallSecond,
  'MB/s wall': perWallSecond,
  'CPU-us/msg': { better: 'less', of: ({ amount, cpuSeconds }) => (cpuSeconds * 1e6) / amount },
} as const satisfies Record<string, Figure>;

export type FigureUnit = keyof typeof figures;

/** The CPU and wall time that `work` took, and what it moved. */
export async function measured(
  server: { cpuSeconds(): number },
  work: (onStart: () => void) => Promise<number>,
): Promise<MeasuredLoad> {
  let cpuStart = server.cpuSeconds();
  let wallStart = performance.now();
  const onStart = (): void => {
    cpuStart = server.cpuSeconds();
    wallStart = performance.now();
  };
  const amount = await work(onStart);
  const wallSeconds = (performance.now() - wallStart) / 1000;
  // A tiny run may be shorter than the 10 ms in which the system counts.
  return { amount, wallSeconds, cpuSeconds: Math.max(server.cpuSeconds() - cpuStart, 0.01) };
}
