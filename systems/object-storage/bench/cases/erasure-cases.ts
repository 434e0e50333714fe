// What Reed-Solomon costs: bytes of data shards per CPU second, in this process, with warm caches as in a stream.

import { randomBytes } from 'node:crypto';
import { type BenchCase, measureOperation } from '@cairn/bench';
import { openReedSolomon } from '../../src/erasure/reed-solomon.ts';

const shape = { dataShards: 8, parityShards: 4 };
const shardBytes = 64 * 1024;
/** Two data shards before, one between and one behind the others. */
const lost = [0, 1, 4, 7];
const limitGigabytes = 2.5;

export function erasureCases(): readonly BenchCase[] {
  const codec = openReedSolomon(shape);
  const data = Array.from({ length: shape.dataShards }, () => randomBytes(shardBytes));
  const parity = Array.from({ length: shape.parityShards }, () => Buffer.alloc(shardBytes));
  const shards: (Uint8Array | undefined)[] = [...data, ...parity];
  const rebuilt = lost.map(() => Buffer.alloc(shardBytes));
  return [
    codecCase('erasure-encode-8+4', () => codec.encode(data, parity)),
    codecCase('erasure-reconstruct-8+4', () => {
      for (const shard of lost) shards[shard] = undefined;
      let given = 0;
      codec.reconstruct(shards, shardBytes, { allocate: () => rebuilt[given++]! });
    }),
  ];
}

function codecCase(name: string, work: () => void): BenchCase {
  return {
    name,
    unit: 'GB/CPU-s',
    better: 'more',
    peer: { limit: limitGigabytes },
    ours: async ({ tiny }) => {
      const loop = (times: number) => {
        for (let done = 0; done < times; done++) work();
      };
      const { perCpuSecond } = await measureOperation(loop, { durationMs: tiny ? 5 : 500 });
      return (perCpuSecond * shape.dataShards * shardBytes) / 1e9;
    },
  };
}
