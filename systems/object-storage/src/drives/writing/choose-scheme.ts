// Whether a blob is copied or cut into shards: by its size, which may be known only once some of it was read.

import type { Redundancy, Scheme } from '../layout/redundancy.ts';
import { copiedBlobBytesMax } from '../layout/redundancy.ts';

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The scheme, and all chunks again. `sizeBytes` is believed: a wrong one makes a blob larger than it has to be, no more. */
export async function chooseScheme(
  { small, large }: Redundancy,
  { chunks, sizeBytes }: { chunks: Chunks; sizeBytes: number | undefined },
): Promise<{ scheme: Scheme; chunks: Chunks }> {
  if (small === large) return { scheme: large, chunks };
  if (sizeBytes !== undefined) return { scheme: sizeBytes <= copiedBlobBytesMax ? small : large, chunks };
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  const begun: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= copiedBlobBytesMax) {
    const next = await iterator.next();
    if (next.done === true) return { scheme: small, chunks: begun };
    begun.push(next.value);
    bytes += next.value.byteLength;
  }
  return { scheme: large, chunks: continued(begun, iterator) };
}

async function* continued(
  begun: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array> | Iterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  let ended = false;
  try {
    yield* begun;
    for (;;) {
      const next = await rest.next();
      ended = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (!ended) await rest.return?.();
  }
}
