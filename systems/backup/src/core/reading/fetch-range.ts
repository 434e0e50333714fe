// A range of a pack, from the cache where manifest packs are kept, else from the store.

import type { Blobs } from '@cairn/engines';
import { BlobsError } from '@cairn/engines/blobs';
import type { World } from '@cairn/world';
import { objectName } from '../../format/object-names.ts';
import { contentId } from '../../packing/open-pack.ts';
import type { ChunkIndex } from '../repository.ts';
import { fillFromBody } from '../store/fill-from-body.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { readAgain, readFailure, takeBody } from '../store/only-this-object.ts';
import { readWhole } from '../store/read-whole.ts';
import { onStore } from '../store/store-error.ts';

export type RangeSource = {
  readonly blobs: Blobs;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly cache: ObjectCache | undefined;
};

export type PackRange = {
  readonly packId: string;
  readonly start: number;
  readonly length: number;
};

/** A manifest pack of at most this size is fetched whole, for the cache: its other chunks are likely wanted next. */
export const wholePackBytesMax = 8 * 1024 * 1024;

/** Ciphertexts; undefined when the pack is gone or ends before the range does. Throws `damaged`, `store`. */
export async function fetchRange(
  source: RangeSource,
  range: PackRange,
  options: { readonly index: ChunkIndex; readonly signal?: AbortSignal },
): Promise<Buffer | undefined> {
  const pack = options.index.packOf(range.packId);
  if (source.cache === undefined || pack?.type !== 'manifest') {
    return fetchFromStore(source, range, options.signal);
  }
  const cached = await source.cache.readRange('manifest', range.packId, range);
  if (cached !== undefined) return cached;
  if (pack.sizeBytes > wholePackBytesMax) return fetchFromStore(source, range, options.signal);
  return fetchWhole(source, range, options.signal);
}

/** Past any cache. Throws `damaged` where the store has the pack and cannot read the range. */
export async function fetchFromStore(
  { blobs, world }: RangeSource,
  { packId, start, length }: PackRange,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  const name = objectName('packs', packId);
  const get = async () => {
    const into = Buffer.allocUnsafeSlow(length);
    const content = await blobs.get(name, { range: { start, length }, into, ...(signal && { signal }) });
    const filled = content && (await takeBody(`get ${name}`, () => fillFromBody(into, content.body)));
    return filled === undefined ? undefined : into.subarray(0, filled);
  };
  return onStore(`read ${name}`, async () => {
    try {
      return await readAgain(get, { world, signal });
    } catch (error) {
      if (error instanceof BlobsError && error.code === 'invalid-range') return undefined;
      throw await readFailure({ blobs }, name, error);
    }
  });
}

async function fetchWhole(
  source: RangeSource,
  { packId, start, length }: PackRange,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  const name = objectName('packs', packId);
  const bytes = await readWhole({ ...source, name, ...(signal && { signal }) });
  if (bytes === undefined || bytes.length < start + length) return undefined;
  // One that was altered may still have chunks that can be read, but is not kept.
  if (contentId(bytes) === packId) await source.cache?.write('manifest', packId, bytes);
  return bytes.subarray(start, start + length);
}
