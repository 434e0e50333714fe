// A range of a file's bytes, piece by piece: from the first chunk that has some of it to the last. While a run of chunks is taken, the
// next one is read. Who stops taking frees both.

import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import type { ByteRange } from '../http/byte-range.ts';
import type { FileContent } from '../tree/resource.ts';
import { type ChunkOffsets, chunkAt } from './chunk-offsets.ts';
import type { StreamBudget } from './stream-budget.ts';

export type ContentSource = {
  readChunks(fingerprints: Uint8Array, options: { readonly signal: AbortSignal }): AsyncIterable<Uint8Array>;
};

export type ContentOptions = {
  readonly source: ContentSource;
  readonly budget: StreamBudget;
  readonly signal: AbortSignal;
};

export async function* readContent(
  content: FileContent,
  offsets: ChunkOffsets,
  range: ByteRange,
  { source, budget, signal }: ContentOptions,
): AsyncGenerator<Uint8Array> {
  if (range.length === 0) return;
  const end = range.start + range.length;
  const last = chunkAt(offsets, end - 1);
  let next = chunkAt(offsets, range.start);
  let position = offsets[next]!;
  const left = new AbortController();
  const reading = { source, signal: AbortSignal.any([signal, left.signal]) };
  const begin = (): Promise<readonly Uint8Array[]> | undefined => {
    if (next > last) return undefined;
    const stop = runEnd(offsets, { from: next, last, bytesMax: budget.runBytes() });
    const run = readRun(
      content.fingerprints.subarray(next * fingerprintBytes, stop * fingerprintBytes),
      reading,
    );
    next = stop;
    return run;
  };
  budget.enter();
  try {
    for (let ahead = begin(); ahead !== undefined; ) {
      const run = await ahead;
      ahead = begin();
      for (const chunk of run) {
        const piece = chunk.subarray(
          Math.max(0, range.start - position),
          Math.min(chunk.length, end - position),
        );
        position += chunk.length;
        yield piece;
      }
    }
  } finally {
    budget.leave();
    left.abort(new Error('the reader left'));
  }
}

/** Behind the last chunk of a run: as many as fit, one at least. */
function runEnd(
  offsets: ChunkOffsets,
  { from, last, bytesMax }: { readonly from: number; readonly last: number; readonly bytesMax: number },
): number {
  let stop = from + 1;
  while (stop <= last && offsets[stop + 1]! - offsets[from]! <= bytesMax) stop += 1;
  return stop;
}

function readRun(
  fingerprints: Uint8Array,
  { source, signal }: Omit<ContentOptions, 'budget'>,
): Promise<readonly Uint8Array[]> {
  const run = Array.fromAsync(source.readChunks(fingerprints, { signal }));
  run.catch(() => {}); // thrown when its turn comes, or of no interest any more
  return run;
}
