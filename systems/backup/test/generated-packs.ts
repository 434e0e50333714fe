// Summaries of packs with entries as in a footer, from a seed.

import type { SeededRandom } from '@cairn/world/simulated';
import { ByteWriter } from '../src/format/byte-writer.ts';
import { writeChunkLengths } from '../src/format/chunk-entry.ts';
import type { PackSummary } from '../src/packing/sealed-pack.ts';

export function generatedPack(random: SeededRandom, entryCount: number): PackSummary {
  const entries = new ByteWriter();
  for (let i = 0; i < entryCount; i += 1) {
    entries.raw(random.bytes(32));
    const rawBytes = random.between({ min: 2, max: random.pick([100, 1 << 20]) });
    const compressed = random.chance(0.7);
    const storedBytes = compressed ? random.between({ min: 1, max: rawBytes - 1 }) : rawBytes;
    writeChunkLengths(entries, { rawBytes, storedBytes, compressed });
  }
  return {
    id: random.bytes(32).toString('hex'),
    type: random.pick(['data', 'manifest']),
    sizeBytes: random.between({ min: 100, max: 32 << 20 }),
    epoch: random.between({ min: 1, max: 300 }),
    salt: Uint8Array.from(random.bytes(32)),
    entries: entries.finish(),
    entryCount,
  };
}
