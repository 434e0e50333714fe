// Writes a blob to its drives. It is stored once every drive that can has synced its shard and those are at least k: a
// drive that fails meanwhile misses a shard, which is healed, and with it fewer may fail later (DESIGN.md, "Drives").

import { SqlError } from '@cairn/engines';
import { DiskError } from '@cairn/world';
import {
  BlobTooLargeError,
  type DriveStore,
  type StoredBlob,
  type WriteSizes,
} from '../../data/data-store.ts';
import { BufferPool } from '../../data/reading/buffer-pool.ts';
import type { BlobIds } from '../../data/writing/blob-ids.ts';
import { ObjectStorageError } from '../../errors.ts';
import { shardUnitsHeldMax, shardUnitsWaitingMax, stripeBytesKeptMax } from '../../limits.ts';
import { rankSlots } from '../layout/placement.ts';
import { type Redundancy, type Scheme, schemeTag, shardCount } from '../layout/redundancy.ts';
import { encodeTrailer, unitBytesMax } from '../layout/stripes.ts';
import type { DriveSet } from '../set/drive-set.ts';
import type { Drive, Slot } from '../set/slot.ts';
import { type Chunks, chooseScheme } from './choose-scheme.ts';
import { ShardChannel } from './shard-channel.ts';
import { StripeEncoder } from './stripe-encoder.ts';

export type DriveWritersParts = {
  readonly set: DriveSet;
  readonly ids: BlobIds;
  readonly redundancy: Redundancy;
  /** A blob was stored on fewer drives than it should be. */
  readonly onDegraded: (blob: string) => void;
};

/** One shard on its way to its drive. */
type Shard = {
  readonly slot: Slot;
  readonly store: DriveStore;
  readonly channel: ShardChannel;
  /** Its drive has come to an end with it. */
  readonly isSettled: () => boolean;
  /** Undefined once it is durable, else why it is not. */
  readonly outcome: Promise<{ readonly error: unknown } | undefined>;
};

export class DriveWriters {
  readonly #parts: DriveWritersParts;
  readonly #stripes: BufferPool;

  constructor(parts: DriveWritersParts) {
    this.#parts = parts;
    const bytes = shardCount(parts.redundancy.large) * unitBytesMax;
    this.#stripes = new BufferPool({ bytes, keptMax: Math.floor(stripeBytesKeptMax / bytes) });
  }

  async write(chunks: Chunks, { sizeBytes, sizeBytesMax }: WriteSizes): Promise<StoredBlob> {
    const chosen = await chooseScheme(this.#parts.redundancy, { chunks, sizeBytes });
    const { scheme } = chosen;
    // From here to the writes of all drives without a rest: their undecided blobs stay in the order of the ids.
    const blob = this.#parts.ids.next(schemeTag(scheme));
    const drives = this.#targets(blob, scheme);
    const shards = drives.map((drive) => startShard(drive, { blob, scheme, sizeBytes }));
    const encoder = scheme.dataShards === 1 ? undefined : new StripeEncoder(scheme, this.#stripes);
    try {
      const filling = { encoder, scheme, chunks: chosen.chunks, sizeBytesMax };
      const stored = await fill(shards, filling);
      await this.#settle(blob, shards, scheme);
      return { blob, sizeBytes: stored };
    } catch (error) {
      for (const { channel } of shards) channel.fail(error);
      await this.#discard(blob, { shards, cause: error });
      throw error;
    } finally {
      // Every drive has come to its end by now, one way or the other.
      encoder?.release(Number.POSITIVE_INFINITY);
    }
  }

  /** The first that can be written, in the order of their ranks; such with room first. */
  #targets(blob: string, scheme: Scheme): readonly Drive[] {
    const ranked = rankSlots(blob, this.#parts.set.usable);
    const roomy = ranked.filter(({ store }) => !store.isSpaceShort);
    const count = shardCount(scheme);
    const drives = roomy.length >= count ? roomy : ranked;
    if (drives.length < scheme.dataShards) {
      this.#parts.ids.decided(blob);
      const message = `only ${drives.length} drives can be written, ${scheme.dataShards} are needed`;
      throw new ObjectStorageError('ServiceUnavailable', { message });
    }
    return drives.slice(0, count);
  }

  async #settle(blob: string, shards: readonly Shard[], scheme: Scheme): Promise<void> {
    const outcomes = await Promise.all(shards.map(({ outcome }) => outcome));
    const failed = outcomes.flatMap((outcome, index) =>
      outcome === undefined ? [] : [{ ...shards[index]!, error: outcome.error }],
    );
    // No drive is hurt that is only full: the client is told, and the others are not asked to make up for it.
    const full = failed.find(({ error }) => isFull(error));
    for (const { slot, store, error } of failed) if (!isFull(error)) this.#parts.set.fail(slot, store, error);
    if (full !== undefined) throw full.error;
    const durable = shards.length - failed.length;
    if (durable < scheme.dataShards) throw failed[0]!.error;
    if (durable < shardCount(scheme)) this.#parts.onDegraded(blob);
  }

  /**
   * What some drives have of a blob that failed is removed. A drive that cannot do that is used no more until it was
   * opened again, and then looked through; a full one keeps it undecided until the next start.
   */
  async #discard(
    blob: string,
    { shards, cause }: { shards: readonly Shard[]; cause: unknown },
  ): Promise<void> {
    const { set, ids } = this.#parts;
    let certain = true;
    await Promise.all(
      shards.map(async ({ slot, store, outcome }) => {
        const failed = await outcome;
        const error = failed?.error ?? (await failureOf(store.remove([blob])));
        if (error === undefined || error === cause) return;
        if (!isFull(error)) set.fail(slot, store, error);
        else if (failed === undefined) certain = false;
      }),
    );
    await set.settled();
    if (!certain) return;
    ids.decided(blob);
    for (const { store } of shards) store.decided(blob);
  }
}

/** Returns how many bytes there were. */
async function fill(
  shards: readonly Shard[],
  {
    encoder,
    scheme,
    chunks,
    sizeBytesMax,
  }: { encoder: StripeEncoder | undefined; scheme: Scheme; chunks: Chunks; sizeBytesMax: number },
): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > sizeBytesMax) throw new BlobTooLargeError(sizeBytesMax);
    if (encoder === undefined) await pushAll(shards, () => chunk);
    else {
      for (const stripe of encoder.add(chunk)) {
        await pushAll(shards, (index) => stripe[index]!);
        encoder.release(writtenStripes(shards));
      }
    }
    // Nothing that still came could be stored.
    if (shards.filter(({ channel }) => channel.isLeft).length > scheme.parityShards) break;
  }
  if (encoder !== undefined) {
    for (const stripe of encoder.end()) await pushAll(shards, (index) => stripe[index]!);
    await pushAll(shards, (index) => encodeTrailer({ ...scheme, index, sizeBytes }));
  }
  for (const { channel } of shards) channel.end();
  return sizeBytes;
}

/** Stripes whose units every drive has written, or will not look at any more. */
function writtenStripes(shards: readonly Shard[]): number {
  const taken = shards.filter(({ isSettled }) => !isSettled()).map(({ channel }) => channel.taken);
  return Math.min(...taken) - shardUnitsHeldMax;
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function startShard(
  { slot, store }: Drive,
  { blob, scheme, sizeBytes }: { blob: string; scheme: Scheme; sizeBytes: number | undefined },
): Shard {
  const channel = new ShardChannel({ waitingMax: shardUnitsWaitingMax });
  const sizes = scheme.dataShards === 1 ? { sizeBytes } : {};
  let settled = false;
  const outcome = store.writeAs(blob, channel, { ...sizes, fresh: true }).then(
    () => {
      settled = true;
      return undefined;
    },
    (error: unknown) => {
      settled = true;
      channel.leave();
      return { error };
    },
  );
  return { slot, store, channel, outcome, isSettled: () => settled };
}

async function pushAll(shards: readonly Shard[], unitOf: (index: number) => Uint8Array): Promise<void> {
  const waits: Promise<void>[] = [];
  for (const [index, { channel }] of shards.entries()) {
    const wait = channel.push(unitOf(index));
    if (wait !== undefined) waits.push(wait);
  }
  if (waits.length > 0) await Promise.all(waits);
}

/** The drive is full, which is no fault of it. */
export function isFull(error: unknown): boolean {
  return (error instanceof DiskError || error instanceof SqlError) && error.code === 'full';
}
