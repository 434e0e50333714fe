// What must not grow or slow down: the start and the disk with many partitions, the rebalance of a large group, memory
// with what is stored.

import type { BenchCase } from '@cairn/bench';
import { publish } from '../load/publish.ts';
import type { CairnServer } from '../servers/cairn.ts';
import type { ServerKind } from '../servers/server.ts';
import { limited, type Workload } from './compare.ts';
import { rebalancing } from './group-workloads.ts';
import { diskMegabytes, manyPartitions, secondsToReady } from './many-partitions.ts';

export function scaleCases(kind: ServerKind<CairnServer>): readonly BenchCase[] {
  return [
    {
      ...{ name: 'start-10000-partitions', unit: 's', better: 'less', peer: { limit: 5 } },
      ours: async ({ tiny }) => secondsToReady(await manyPartitions(tiny)),
    },
    {
      ...{
        name: 'disk-10000-partitions',
        unit: 'MB on disk',
        better: 'less',
        peer: { limit: 1_000 },
        once: true,
      },
      ours: async ({ tiny }) => diskMegabytes(await manyPartitions(tiny)),
    },
    limited(
      { kind, workload: rebalancing({ full: 100, tiny: 3 }) },
      { name: 'rebalance-100-consumers', limit: 2 },
    ),
    limited(
      { kind, workload: retainedMemory },
      { name: 'memory-with-retained-data', limit: 1.15, once: true },
    ),
  ];
}

/** Resident after more was stored, in that after the same was stored the first time. */
const retainedMemory: Workload<CairnServer> = {
  ...{ unit: 'x after warm-up', better: 'less' },
  measure: async (server, { tiny }) => {
    const shape = { messageBytes: 1_024, batch: 64, partitions: 10, synced: false };
    const publishing = await server.publishing(shape);
    const store = (messages: number) => publish(publishing, { window: 4_000, until: { messages } });
    const peakWhile = async (messages: number): Promise<number> => {
      server.process.resetPeakMemory();
      await store(messages);
      return server.process.memoryBytes('peak');
    };
    const step = tiny ? 640 : 500_000;
    await store(step);
    const first = await peakWhile(step);
    await store(6 * step);
    return (await peakWhile(step)) / first;
  },
};
