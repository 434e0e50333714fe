// Looks for damage on all drives without changing anything. What a drive finds hurts a shard; what is told of a blob means
// that it cannot be read any more, and so cannot be repaired.

import type { BlobFinding } from '../data/data-store.ts';
import { checkedPageBlobs } from '../limits.ts';
import { listMerged } from './healing/list-merged.ts';
import { rankSlots } from './layout/placement.ts';
import { type Scheme, schemeOf, shardCount } from './layout/redundancy.ts';
import type { DriveReaders } from './reading/drive-readers.ts';
import { isDriveTrouble } from './reading/drive-trouble.ts';
import type { DriveSet } from './set/drive-set.ts';
import { messageOf } from './set/match-drives.ts';
import type { Slot } from './set/slot.ts';

export async function* checkDrives(
  set: DriveSet,
  { deep, readers }: { deep: boolean; readers: DriveReaders },
): AsyncIterable<BlobFinding> {
  /** Slots whose shard of a blob is damaged. */
  const hurt = new Map<string, Set<Slot>>();
  for (const slot of set.slots) {
    const { store } = slot;
    if (store === undefined) {
      yield { blob: undefined, where: `drive ${slot.folder}`, detail: `it is missing: ${slot.reason}` };
      continue;
    }
    try {
      for await (const { blob, where, detail } of store.check({ deep })) {
        if (blob !== undefined) hurt.getOrInsertComputed(blob, () => new Set()).add(slot);
        yield { blob: undefined, where: `drive ${slot.folder}, ${where}`, detail };
      }
    } catch (error) {
      if (!isDriveTrouble(error)) throw error;
      set.fail(slot, store, error);
      yield { blob: undefined, where: `drive ${slot.folder}`, detail: `it failed: ${messageOf(error)}` };
    }
  }
  yield* checkBlobs(set, { hurt, readers });
}

async function* checkBlobs(
  set: DriveSet,
  { hurt, readers }: { hurt: ReadonlyMap<string, ReadonlySet<Slot>>; readers: DriveReaders },
): AsyncIterable<BlobFinding> {
  let degraded = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Awaited<ReturnType<typeof listMerged>> = await listMerged(set, {
      after,
      limit: checkedPageBlobs,
    });
    for (const { blob, holders } of page.blobs) {
      const scheme = schemeOf(blob);
      if (scheme === undefined) continue;
      const sound = holders.map(({ slot }) => slot).filter((slot) => hurt.get(blob)?.has(slot) !== true);
      if (isWhole(blob, { scheme, sound, slots: set.slots })) continue;
      const lost = await lostShards(readers, { blob, scheme, damaged: holders.length - sound.length });
      if (lost !== undefined) yield { blob, where: `blob ${blob}`, detail: lost };
      else if (sound.length < shardCount(scheme)) degraded++;
    }
    after = page.next;
  }
  if (degraded === 0) return;
  const detail = `${degraded} blobs have fewer sound copies or shards than they should have`;
  yield { blob: undefined, where: 'drives', detail };
}

function isWhole(
  blob: string,
  { scheme, sound, slots }: { scheme: Scheme; sound: readonly Slot[]; slots: readonly Slot[] },
): boolean {
  const count = shardCount(scheme);
  if (scheme.dataShards === 1) return sound.length >= count;
  return rankSlots(blob, slots)
    .slice(0, count)
    .every((home) => sound.includes(home));
}

/** Why the blob cannot be read; undefined when it can. It is read whole only where that is in doubt. */
async function lostShards(
  readers: DriveReaders,
  { blob, scheme, damaged }: { blob: string; scheme: Scheme; damaged: number },
): Promise<string | undefined> {
  try {
    const reader = await readers.openQuietly(blob, scheme);
    if (reader === undefined) return undefined; // Removed since it was listed.
    try {
      const length = damaged === 0 ? 0 : reader.sizeBytes;
      for await (const _chunk of reader.read({ start: 0, length }));
      return undefined;
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!isDriveTrouble(error)) throw error;
    return messageOf(error);
  }
}
