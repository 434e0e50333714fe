// Content at a pace.

import type { Pace } from '../../data/upkeep/pace.ts';
import type { Readable } from '../object-content.ts';

export function pacedContent(
  content: Readable,
  { pace, signal }: { pace: Pick<Pace, 'spend'>; signal: AbortSignal },
): Readable {
  return {
    sizeBytes: content.sizeBytes,
    whole: undefined,
    async *chunks() {
      for await (const chunk of content.chunks()) {
        yield chunk;
        await pace.spend(chunk.byteLength, signal);
      }
    },
    close: () => content.close(),
  };
}
