// A simulated storage with a place for a storage class read through, and one for an archive.

import type { ObjectStorage, StorageClass } from '@cairn/object-storage';
import type { PlaceSettings } from '../../src/core/transition/places.ts';
import { bucket, type OpenOptions, type Simulated, simulated } from '../lifecycle/simulated-storage.ts';
import { SimulatedPlace } from './simulated-place.ts';

export type Placed = Omit<Simulated, 'open'> & {
  readonly cold: SimulatedPlace;
  readonly archive: SimulatedPlace;
  open(options?: OpenOptions): Promise<ObjectStorage>;
};

export const coldClass = 'STANDARD_IA';
export const archiveClass = 'GLACIER';

export async function placed(run: (parts: Placed) => Promise<void>): Promise<void> {
  await simulated(async ({ open, ...parts }) => {
    const cold = new SimulatedPlace(parts);
    const archive = new SimulatedPlace(parts);
    const places: readonly PlaceSettings[] = [
      { storageClass: coldClass, url: 'memory:cold', open: () => cold.open() },
      { storageClass: archiveClass, url: 'memory:archive', open: () => archive.open() },
    ];
    await run({ ...parts, cold, archive, open: (options) => open({ places, ...options }) });
  });
}

export async function textOf(
  storage: ObjectStorage,
  key: string,
  range?: { start: number; length: number },
): Promise<string> {
  const { content } = await storage.getObject({ bucket, key, ...(range && { select: () => range }) });
  const chunks: Buffer[] = [];
  for await (const chunk of content.chunks()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

export async function classOf(storage: ObjectStorage, key: string): Promise<StorageClass> {
  return (await storage.headObject({ bucket, key })).storageClass ?? 'STANDARD';
}

/** The place in front of the ids of the blobs that an object lies in; nothing for blobs of the data store. */
export async function placesOf(storage: ObjectStorage, key: string): Promise<readonly string[]> {
  const { placements } = await storage.inspect({ bucket, key });
  return placements.map(({ blob }) => (blob.includes('/') ? blob.slice(0, blob.indexOf('/')) : ''));
}
