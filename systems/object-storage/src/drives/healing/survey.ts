// What of a blob is where, and what has to be written to make it whole again.
//
//   a shard that is rotten     is written anew in its place; where nothing says which it was, as that whose home this is
//   a shard that a drive could not give this time is left alone: its drive is looked at
//   a shard that is nowhere    goes to its home if that can be used and has none, else to the next drive in the order of
//                              ranks that has none and has room
//   a shard that is twice there, because its drive was away while it was healed elsewhere, stays twice

import { BlobDamagedError } from '../../data/data-store.ts';
import { rankSlots } from '../layout/placement.ts';
import { type Scheme, shardCount } from '../layout/redundancy.ts';
import { isDriveTrouble } from '../reading/drive-trouble.ts';
import type { OpenShards } from '../reading/open-shards.ts';
import type { DriveSet } from '../set/drive-set.ts';
import { type Drive, driveIn, type Slot } from '../set/slot.ts';

export type Holder = { readonly drive: Drive; readonly damaged: boolean };
export type Target = { readonly drive: Drive; readonly index: number; readonly rewrite: boolean };
export type Plan = {
  readonly targets: readonly Target[];
  /** Shards that are missing and have nowhere to go. */
  readonly homeless: number;
  /** Drives that could not give their shard this time: whether that is sound shows later. */
  readonly unread: readonly Slot[];
  /** Indexes that only damaged shards have. */
  readonly suspect: ReadonlySet<number>;
};

/** The drives that have the blob, in the order of its ranks. */
export async function holdersOf(blob: string, set: DriveSet): Promise<readonly Holder[]> {
  const ranked = rankSlots(blob, set.usable);
  const found = await Promise.all(
    ranked.map(async (drive) => {
      try {
        const place = await drive.store.locate(blob);
        return place === undefined ? [] : [{ drive, damaged: drive.store.isDamaged(blob) }];
      } catch (error) {
        if (error instanceof BlobDamagedError) return [{ drive, damaged: true }];
        if (!isDriveTrouble(error)) throw error;
        set.fail(drive.slot, drive.store, error);
        return [];
      }
    }),
  );
  return found.flat();
}

export function planHealing(
  blob: string,
  options: {
    readonly scheme: Scheme;
    readonly slots: readonly Slot[];
    readonly holders: readonly Holder[];
    /** Of a blob that is cut; undefined for copies, which are all the same. */
    readonly shards: OpenShards | undefined;
  },
): Plan {
  const { scheme, slots, holders, shards } = options;
  const ranked = rankSlots(blob, slots);
  const indexOf = ({ slot }: Drive) => shards?.found.get(slot);
  const homeOf = ({ slot }: Drive) => {
    const rank = shards === undefined ? -1 : ranked.indexOf(slot);
    return rank >= 0 && rank < shardCount(scheme) ? rank : undefined;
  };
  const isUnread = ({ drive, damaged }: Holder) => !damaged && shards?.unread.has(drive.slot) === true;
  const isSound = ({ drive, damaged }: Holder) =>
    !damaged && (shards === undefined || indexOf(drive) !== undefined);
  const sound = holders.filter(isSound);
  const unread = holders.filter(isUnread).map(({ drive }) => drive);
  const rotten = holders.filter((holder) => !isSound(holder) && !isUnread(holder)).map(({ drive }) => drive);
  const missing = missingIndexes(scheme, [
    ...sound.map(({ drive }, copy) => indexOf(drive) ?? copy),
    ...unread.flatMap((drive) => homeOf(drive) ?? []),
  ]);
  const held = new Set(holders.map(({ drive }) => drive.slot));
  const free = ranked
    .flatMap((slot) => driveIn(slot) ?? [])
    .filter(({ slot, store }) => !store.isSpaceShort && !held.has(slot));
  const inPlace = [...rotten];
  const targets: Target[] = [];
  for (const index of missing) {
    const drive =
      take(inPlace, (one) => (indexOf(one) ?? homeOf(one) ?? index) === index) ??
      take(free, ({ slot }) => slot === ranked[index]) ??
      take(free, () => true) ??
      // Its home's shard is elsewhere: it was another one.
      take(inPlace, (one) => indexOf(one) === undefined && !missing.includes(homeOf(one) ?? index));
    if (drive !== undefined) targets.push({ drive, index, rewrite: rotten.includes(drive) });
  }
  const homeless = missing.length - targets.length;
  // One that is there twice, too: its damage would be told of for ever.
  for (const drive of inPlace)
    targets.push({ drive, index: indexOf(drive) ?? homeOf(drive) ?? 0, rewrite: true });
  const suspect = rotten.flatMap((drive) => indexOf(drive) ?? []).filter((index) => missing.includes(index));
  return { targets, homeless, unread: unread.map(({ slot }) => slot), suspect: new Set(suspect) };
}

function take(drives: Drive[], wanted: (drive: Drive) => boolean): Drive | undefined {
  const at = drives.findIndex(wanted);
  return at === -1 ? undefined : drives.splice(at, 1)[0];
}

function missingIndexes(scheme: Scheme, present: readonly number[]): readonly number[] {
  return Array.from({ length: shardCount(scheme) }, (_, index) => index).filter(
    (index) => !present.includes(index),
  );
}
