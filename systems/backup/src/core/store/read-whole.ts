// Objects that are read whole: bounded, and read again when a connection breaks in mid-body.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { damaged } from '../../format/damaged.ts';
import { objectBytesHighest } from '../../limits.ts';
import { collectBody } from './collect-body.ts';
import { readAgain, readFailure, takeBody } from './only-this-object.ts';
import { onStore } from './store-error.ts';

export type ReadWholeOptions = {
  readonly blobs: Blobs;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly name: string;
  /** An object that is larger is `damaged` before it is read; `objectBytesHighest` when absent. */
  readonly bytesMax?: number;
  readonly signal?: AbortSignal;
};

/** Undefined when there is no such object. Throws `store`, `damaged` also where this object alone cannot be read. */
export async function readWhole(options: ReadWholeOptions): Promise<Buffer | undefined> {
  const { name, blobs, world, signal } = options;
  return onStore(`read ${name}`, async () => {
    try {
      return await readAgain(() => readOnce(options), { world, signal });
    } catch (error) {
      throw await readFailure({ blobs }, name, error);
    }
  });
}

async function readOnce(options: ReadWholeOptions): Promise<Buffer | undefined> {
  const { blobs, name, bytesMax = objectBytesHighest, signal } = options;
  const content = await blobs.get(name, signal && { signal });
  if (content === undefined) return undefined;
  const bytes = await takeBody(`get ${name}`, () => collectBody(content.body, bytesMax));
  if (bytes === undefined) throw damaged(name, `it is longer than the ${bytesMax} bytes that it may have`);
  return bytes;
}
