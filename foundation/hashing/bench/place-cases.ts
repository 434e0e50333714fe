// Where keys belong and whether they were seen: the hash ring and the Bloom filter, over keys that are hashes.

import { randomFillSync } from 'node:crypto';
import { type BenchCase, type BenchContext, measureOperation } from '@cairn/bench';
import { BloomFilter, HashRing } from '@cairn/hashing';

const keyBytes = 32;
const shards = 16;

export const placeCases: readonly BenchCase[] = [
  {
    name: 'bloom-add-10m',
    unit: 'keys/CPU-s',
    better: 'more',
    ours: measureFilter((filter, keys, at) => filter.add(keys, at)),
  },
  {
    name: 'bloom-has-10m',
    unit: 'keys/CPU-s',
    better: 'more',
    ours: measureFilter((filter, keys, at) => filter.has(keys, at)),
  },
  { name: 'ring-owner-16-nodes', unit: 'keys/CPU-s', better: 'more', ours: measureRing },
];

function measureFilter(use: (filter: BloomFilter, keys: Uint8Array, at: number) => void) {
  return async (context: BenchContext): Promise<number> => {
    const keys = randomKeys(context);
    const filter = BloomFilter.for({ keysMax: context.tiny ? 10_000 : 10_000_000, falsePositiveRate: 0.01 });
    for (let at = 0; at < keys.length / 2; at += keyBytes) filter.add(keys, at);
    return perSecond(keys, context, (at) => use(filter, keys, at));
  };
}

async function measureRing(context: BenchContext): Promise<number> {
  const keys = randomKeys(context);
  const ring = new HashRing(Array.from({ length: shards }, (_, index) => ({ name: `shard ${index}` })));
  return perSecond(keys, context, (at) => ring.ownerOfHash(keys, at));
}

async function perSecond(
  keys: Uint8Array,
  { tiny }: BenchContext,
  use: (at: number) => void,
): Promise<number> {
  let at = 0;
  const loop = (times: number) => {
    for (let i = 0; i < times; i++) {
      use(at);
      at = at + keyBytes < keys.length ? at + keyBytes : 0;
    }
  };
  return (await measureOperation(loop, { durationMs: tiny ? 5 : 200 })).perCpuSecond;
}

function randomKeys({ tiny }: BenchContext): Uint8Array {
  return randomFillSync(Buffer.alloc((tiny ? 1_000 : 1_000_000) * keyBytes));
}
