// The plaintext of a blob of sealed frames, as a Readable.

import type { BlobReader, DataStore, ReadHooks } from '../../data/data-store.ts';
import { framesOf } from '../../encryption/frame-layout.ts';
import { openedFrames, openedNow } from '../../encryption/open-frames.ts';
import { ContentGone } from '../content-gone.ts';
import { explainingChunks } from '../explain-error.ts';
import { type Readable, wholeContent } from '../object-content.ts';
import type { ByteRange } from '../object-storage.ts';

type Opening = {
  readonly key: Uint8Array;
  /** Of the plaintext. */
  readonly range: ByteRange;
  readonly plainBytes: number;
};

/** Throws ContentGone, FrameDamagedError. */
export async function openEncryptedContent(
  data: DataStore,
  blob: string,
  opening: Opening,
): Promise<Readable> {
  const known = data.readNow(blob);
  if (known !== undefined) return openedAtOnce(known, opening);
  const reader = await data.open(blob);
  if (reader === undefined) throw new ContentGone();
  try {
    // Its place is known now, and may be at hand.
    const all = data.readNow(blob);
    if (all === undefined) return streamed(reader, opening);
    reader.close();
    return openedAtOnce(all, opening);
  } catch (error) {
    reader.close();
    throw error;
  }
}

function openedAtOnce(all: Uint8Array, { key, range, plainBytes }: Opening): Readable {
  const frames = framesOf(range, plainBytes);
  const { start, length } = frames.sealed;
  return wholeContent(openedNow(all.subarray(start, start + length), { key, range, frames }));
}

function streamed(reader: BlobReader, opening: Opening): Readable {
  return {
    sizeBytes: opening.range.length,
    whole: undefined,
    chunks: () => explainingChunks(readEncrypted(reader, opening, { onEnd: () => reader.close() })),
    close: () => reader.close(),
  };
}

/** The bytes of the range; each frame is proved before a byte of it is given. */
export function readEncrypted(
  reader: BlobReader,
  { key, range, plainBytes }: Opening,
  hooks?: ReadHooks,
): AsyncIterable<Uint8Array> {
  const frames = framesOf(range, plainBytes);
  return openedFrames(reader.read(frames.sealed, { ...hooks, gathers: true }), { key, range, frames });
}
