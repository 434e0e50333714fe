// Makes one blob whole again: reads what is sound of it, and writes what is missing, under the same id.
//
// A blob is either being healed or being removed, as with compaction: otherwise a shard that is written late would bring a
// removed blob back.

import { DiskError } from '@cairn/world';
import { BlobDamagedError } from '../../data/data-store.ts';
import type { CopyGuard } from '../../data/upkeep/copy-guard.ts';
import type { BlobIds } from '../../data/writing/blob-ids.ts';
import { shardUnitsWaitingMax } from '../../limits.ts';
import { type Scheme, schemeOf } from '../layout/redundancy.ts';
import { encodeTrailer } from '../layout/stripes.ts';
import { CopiesReader } from '../reading/copies-reader.ts';
import type { DriveReaders } from '../reading/drive-readers.ts';
import { isDriveTrouble, type OnTrouble } from '../reading/drive-trouble.ts';
import type { OpenShards } from '../reading/open-shards.ts';
import { StripeUnits } from '../reading/stripe-units.ts';
import type { DriveSet } from '../set/drive-set.ts';
import { isFull } from '../writing/drive-writers.ts';
import { ShardChannel } from '../writing/shard-channel.ts';
import { type Holder, holdersOf, type Plan, planHealing, type Target } from './survey.ts';

export type HealParts = {
  readonly set: DriveSet;
  readonly ids: BlobIds;
  readonly readers: DriveReaders;
  readonly guard: CopyGuard;
  /** Told of a shard that the disk of a drive could not read. */
  readonly onUnread: OnTrouble;
  /** Called after so many bytes were read or written; rejects to end the work. */
  readonly spend: (bytes: number) => Promise<void>;
};

export type Healed = {
  /**
   * `degraded`: something is still missing, for want of a drive. `lost`: fewer shards than are needed can be read.
   * `later`: it is being written, removed or copied now.
   */
  readonly outcome: 'whole' | 'degraded' | 'lost' | 'later';
  readonly writtenBytes: number;
};

/** What is to be written of the blob: the bytes of each missing shard, piece by piece. */
type Source = AsyncIterable<(index: number) => Uint8Array>;

export async function healBlob(parts: HealParts, blob: string): Promise<Healed> {
  const scheme = schemeOf(blob);
  if (scheme === undefined) return { outcome: 'whole', writtenBytes: 0 };
  if (parts.ids.isUndecided(blob)) return { outcome: 'later', writtenBytes: 0 };
  const claim = parts.guard.begin([blob]);
  try {
    if (claim.blobs.length === 0) return { outcome: 'later', writtenBytes: 0 };
    const holders = await holdersOf(blob, parts.set);
    if (holders.length === 0) return { outcome: 'whole', writtenBytes: 0 };
    return scheme.dataShards === 1
      ? await healCopies(parts, { blob, scheme, holders })
      : await healShards(parts, { blob, scheme, holders });
  } finally {
    claim.finish();
  }
}

type Hurt = { readonly blob: string; readonly scheme: Scheme; readonly holders: readonly Holder[] };

async function healCopies(parts: HealParts, { blob, scheme, holders }: Hurt): Promise<Healed> {
  const plan = planHealing(blob, { scheme, slots: parts.set.slots, holders, shards: undefined });
  if (plan.targets.length === 0) return settled(plan, 0);
  const ranked = [...holders].sort((left, right) => Number(left.damaged) - Number(right.damaged));
  const reader = await CopiesReader.open(blob, {
    ranked: ranked.map(({ drive }) => drive.slot),
    copies: 0,
    onTrouble: tellOfUnread(parts),
  });
  if (reader === undefined) return { outcome: 'lost', writtenBytes: 0 };
  try {
    return await write(parts, { blob, plan, source: copied(reader) });
  } finally {
    reader.close();
  }
}

async function healShards(parts: HealParts, { blob, scheme, holders }: Hurt): Promise<Healed> {
  const shards = parts.readers.shardsOf(blob, scheme, tellOfUnread(parts));
  try {
    await shards.openAll();
    const { stripes } = shards;
    if (stripes === undefined || shards.indexes.length < scheme.dataShards) {
      const isLost = parts.set.isWhole && shards.unread.size === 0;
      return { outcome: isLost ? 'lost' : 'degraded', writtenBytes: 0 };
    }
    const plan = planHealing(blob, { scheme, slots: parts.set.slots, holders, shards });
    if (plan.targets.length === 0) return settled(plan, 0);
    return await write(parts, { blob, plan, source: rebuilt(blob, { shards, stripes, plan, scheme }) });
  } finally {
    shards.close();
  }
}

function tellOfUnread({ onUnread }: HealParts): OnTrouble {
  return (trouble) => {
    if (trouble.error instanceof DiskError && trouble.error.code === 'io') onUnread(trouble);
  };
}

async function* copied(reader: CopiesReader): Source {
  for await (const chunk of reader.read({ start: 0, length: reader.sizeBytes })) {
    // The reader's buffer is used again before the drives have written it.
    const copy = Buffer.from(chunk);
    yield () => copy;
  }
}

async function* rebuilt(
  blob: string,
  {
    shards,
    stripes,
    plan,
    scheme,
  }: { shards: OpenShards; stripes: NonNullable<OpenShards['stripes']>; plan: Plan; scheme: Scheme },
): Source {
  const units = new StripeUnits({ blob, shards, stripes, onTrouble: () => {}, suspect: plan.suspect });
  const wanted = [...new Set(plan.targets.map(({ index }) => index))];
  for await (const found of units.read({ first: 0, last: stripes.count - 1, wanted })) {
    const copies = new Map(wanted.map((index) => [index, Buffer.from(found.units[index]!)]));
    yield (index) => copies.get(index)!;
  }
  const { sizeBytes } = stripes;
  yield (index) => encodeTrailer({ ...scheme, index, sizeBytes });
}

class GivenUp extends Error {}

/** What is read for them failed, which says nothing of the drives that are written. */
class SourceFailed extends Error {}

async function write(
  parts: HealParts,
  { blob, plan, source }: { blob: string; plan: Plan; source: Source },
): Promise<Healed> {
  const writes = plan.targets.map((target) => startWrite(parts, { blob, target }));
  let writtenBytes = 0;
  let failure: unknown;
  try {
    for await (const pieceOf of source) {
      if (!parts.guard.isWanted(blob)) throw new GivenUp('somebody waits to remove it');
      let bytes = 0;
      for (const { target, channel } of writes) {
        const piece = pieceOf(target.index);
        await channel.push(piece);
        bytes += piece.byteLength;
      }
      writtenBytes += bytes;
      await parts.spend(bytes);
    }
    for (const { channel } of writes) channel.end();
  } catch (error) {
    failure = error;
    const failed = new SourceFailed('what is to be written cannot be read', { cause: error });
    for (const { channel } of writes) channel.fail(failed);
  }
  const outcomes = await Promise.all(writes.map(({ outcome }) => outcome));
  if (failure instanceof GivenUp) return { outcome: 'later', writtenBytes: 0 };
  if (failure instanceof BlobDamagedError) return { outcome: 'lost', writtenBytes: 0 };
  if (failure !== undefined) {
    if (!isDriveTrouble(failure)) throw failure;
    return { outcome: parts.set.isWhole ? 'lost' : 'degraded', writtenBytes: 0 };
  }
  if (!outcomes.every((outcome) => outcome === 'written')) {
    return { outcome: outcomes.includes('busy') ? 'later' : 'degraded', writtenBytes };
  }
  return settled(plan, writtenBytes);
}

function settled({ homeless, unread }: Plan, writtenBytes: number): Healed {
  return { outcome: homeless === 0 && unread.length === 0 ? 'whole' : 'degraded', writtenBytes };
}

function startWrite({ set }: HealParts, { blob, target }: { blob: string; target: Target }) {
  const { rewrite } = target;
  const { slot, store } = target.drive;
  const channel = new ShardChannel({ waitingMax: shardUnitsWaitingMax });
  const written = rewrite
    ? store.rewrite(blob, channel)
    : store.writeAs(blob, channel, { fresh: false }).then(() => true);
  const outcome = written.then(
    (done) => {
      channel.leave();
      return done ? 'written' : 'busy';
    },
    (error: unknown) => {
      channel.leave();
      const given = error instanceof SourceFailed || error instanceof BlobDamagedError;
      if (!isFull(error) && !given && isDriveTrouble(error)) set.fail(slot, store, error);
      return 'failed';
    },
  );
  return { target, channel, outcome };
}
