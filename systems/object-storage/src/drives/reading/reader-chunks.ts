// Gives a reader's chunks the hooks that the data store promises.

import type { ReadHooks } from '../../data/data-store.ts';

export async function* hookedChunks(
  chunks: AsyncIterable<Uint8Array>,
  { explain = (error) => error, onEnd = () => {} }: ReadHooks = {},
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw explain(error);
  } finally {
    onEnd();
  }
}
