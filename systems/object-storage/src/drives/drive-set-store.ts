// The data store of a machine with several drives. This file puts its parts together; DESIGN.md, "Drives", says how.

import type { Telemetry } from '@cairn/telemetry';
import { DiskError, type World } from '@cairn/world';
import {
  BlobDamagedError,
  type BlobPlace,
  type BlobReader,
  type DataStore,
  type DataStoreStats,
  type DriveStore,
  type OrphanBounds,
  type StoredBlob,
  type WriteSizes,
} from '../data/data-store.ts';
import type { IndexSql } from '../data/index-store.ts';
import type { CompactionResult } from '../data/upkeep/compactor.ts';
import { CopyGuard } from '../data/upkeep/copy-guard.ts';
import type { BlobIds } from '../data/writing/blob-ids.ts';
import { listMaxBlobs } from '../limits.ts';
import { checkDrives } from './check-drives.ts';
import { type DriveMetrics, driveMetrics } from './drive-metrics.ts';
import { drivesStats, sumOf } from './drives-stats.ts';
import { Healer, type PassState, passState } from './healing/healer.ts';
import { listMerged } from './healing/list-merged.ts';
import { rankSlots } from './layout/placement.ts';
import type { Redundancy } from './layout/redundancy.ts';
import { DriveReaders } from './reading/drive-readers.ts';
import { isDriveTrouble, type OnTrouble } from './reading/drive-trouble.ts';
import type { DriveSet } from './set/drive-set.ts';
import type { Slot } from './set/slot.ts';
import { readState, StateFileError, writeState } from './set/state-file.ts';
import { DriveWriters, isFull } from './writing/drive-writers.ts';

export type DriveSetStoreParts = {
  readonly world: World;
  readonly telemetry: Telemetry;
  readonly directory: string;
  readonly set: DriveSet;
  readonly ids: BlobIds;
  readonly redundancy: Redundancy;
  readonly healBytesPerSecond: number;
};

export class DriveSetStore implements DataStore {
  readonly #parts: DriveSetStoreParts;
  readonly #guard = new CopyGuard();
  readonly #readers: DriveReaders;
  readonly #writers: DriveWriters;
  readonly #healer: Healer;
  readonly #metrics: DriveMetrics;
  #writing = 0;

  private constructor(parts: DriveSetStoreParts, left: PassState | undefined) {
    const { set, ids, redundancy, world, telemetry } = parts;
    this.#parts = parts;
    this.#readers = new DriveReaders({ set, clock: world.clock, onTrouble: this.#onTrouble });
    this.#writers = new DriveWriters({
      ...{ set, ids, redundancy },
      onDegraded: (blob) => this.#healer.enqueue(blob),
    });
    this.#healer = new Healer({
      ...{ set, ids, left, guard: this.#guard, readers: this.#readers },
      ...{ clock: world.clock, log: telemetry.log, bytesPerSecond: parts.healBytesPerSecond },
      isBusy: () => this.#writing > 0,
      // Once is enough: whether it can be healed shows then.
      onUnread: ({ blob, slot, error }) => {
        if (slot.store?.isDamaged(blob) === false) void this.#lookAt(blob, slot, error);
      },
      keep: (state) => writeState(world.disk, passPath(parts), state),
      onHealed: (bytes) => this.#metrics.healed(bytes),
    });
    this.#metrics = driveMetrics(telemetry.metrics, { set, progress: () => this.#healer.progress });
  }

  static async open(parts: DriveSetStoreParts): Promise<DriveSetStore> {
    const store = new DriveSetStore(parts, await passLeft(parts));
    parts.set.start();
    store.#healer.start();
    return store;
  }

  /** A drive can be used that could not before. Resolves when healing it is not forgotten by a restart. */
  joined(): Promise<void> {
    return this.#healer.passIsDue();
  }

  async write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { sizeBytes, sizeBytesMax = Number.POSITIVE_INFINITY }: Partial<WriteSizes> = {},
  ): Promise<StoredBlob> {
    this.#writing++;
    try {
      return await this.#writers.write(chunks, { sizeBytes, sizeBytesMax });
    } finally {
      this.#writing--;
    }
  }

  decided(blob: string): void {
    this.#parts.ids.decided(blob);
    for (const { store } of this.#parts.set.usable) store.decided(blob);
  }

  leftOpen(blob: string): void {
    for (const { store } of this.#parts.set.usable) store.leftOpen(blob);
  }

  readNow(blob: string, into?: Buffer): Uint8Array | undefined {
    return this.#readers.readNow(blob, into);
  }

  open(blob: string): Promise<BlobReader | undefined> {
    return this.#readers.open(blob);
  }

  /** Damage is marked, and its mark taken away, by the drives: this reads what a client would read. */
  async verify(blob: string): Promise<number | undefined> {
    const reader = await this.open(blob);
    if (reader === undefined) return undefined;
    try {
      for await (const _chunk of reader.read({ start: 0, length: reader.sizeBytes }));
      return reader.sizeBytes;
    } finally {
      reader.close();
    }
  }

  async remove(blobs: readonly string[]): Promise<void> {
    await this.#guard.whileNotCopied(blobs, () => this.#removeEverywhere(blobs));
  }

  /** Of the first drive that has some of it. Throws BlobDamagedError when those that have it cannot say where. */
  async locate(blob: string): Promise<BlobPlace | undefined> {
    const { set } = this.#parts;
    let damage: BlobDamagedError | undefined;
    for (const drive of rankSlots(blob, set.usable)) {
      const place = await set.attempt(drive, (store) => placeOrDamage(store, blob));
      if (place instanceof BlobDamagedError) damage = place;
      else if (place !== undefined) return place;
    }
    if (damage !== undefined) throw damage;
    return undefined;
  }

  async listBlobs({ after, limit }: { after: string; limit: number }): Promise<readonly string[]> {
    const page = await listMerged(this.#parts.set, { after, limit: Math.min(limit, listMaxBlobs) });
    return page.blobs.slice(0, limit).map(({ blob }) => blob);
  }

  get orphans(): OrphanBounds {
    const { set, ids } = this.#parts;
    const drives = set.usable.map((drive) => ({ ...drive, drive, bounds: drive.store.orphans }));
    const left = drives.flatMap(({ slot, bounds }) => (slot.missed ? '' : (bounds.leftFrom ?? [])));
    return {
      leftFrom: left.toSorted()[0],
      end: ids.end,
      undecided: () => ids.undecided(),
      // Of a drive that joined meanwhile, or went and came back, nothing is known.
      leftAreDecided: async () => {
        const present = () => drives.filter(({ slot, store }) => slot.store === store);
        for (const { drive, bounds } of present()) await set.attempt(drive, () => bounds.leftAreDecided());
        const stayed = present();
        await set.caughtUp(stayed.map(({ slot }) => slot));
      },
    };
  }

  async compact(): Promise<CompactionResult> {
    let total: CompactionResult = { copiedBlobs: 0, copiedBytes: 0, freedBytes: 0, failure: undefined };
    for (const drive of this.#parts.set.usable) {
      const one = await this.#parts.set.attempt(drive, (store) => store.compact());
      if (one === undefined) continue;
      total = {
        copiedBlobs: total.copiedBlobs + one.copiedBlobs,
        copiedBytes: total.copiedBytes + one.copiedBytes,
        freedBytes: total.freedBytes + one.freedBytes,
        failure: total.failure ?? one.failure,
      };
    }
    return total;
  }

  get damagedBlobs(): number {
    return this.#parts.set.usable.reduce((sum, { store }) => sum + store.damagedBlobs, 0);
  }

  get isWhole(): boolean {
    return this.#parts.set.isWhole;
  }

  async stats(): Promise<DataStoreStats> {
    const { set, redundancy } = this.#parts;
    const found = new Map<DriveStore, DataStoreStats>();
    for (const drive of set.usable) {
      const stats = await set.attempt(drive, (store) => store.stats());
      if (stats !== undefined) found.set(drive.store, stats);
    }
    const drives = drivesStats(set, { redundancy, found, healing: this.#healer.progress });
    return { ...sumOf([...found.values()]), drives };
  }

  async listDamaged() {
    const { set } = this.#parts;
    const lists = set.usable.map((drive) => set.attempt(drive, (store) => store.listDamaged()));
    return (await Promise.all(lists)).flatMap((list) => list ?? []);
  }

  check(options: { deep: boolean }) {
    return checkDrives(this.#parts.set, { ...options, readers: this.#readers });
  }

  /** Takes a new drive, in an empty folder, for one that is missing. */
  replaceDrive(folder: string): Promise<void> {
    return this.#parts.set.replace(folder);
  }

  /** The index of each drive that can be used, for repair. */
  get indexes(): readonly IndexSql[] {
    const { set } = this.#parts;
    return set.usable.flatMap(({ store }) => set.indexOf(store) ?? []);
  }

  /** Resolves when every blob was looked at once, for repair. */
  healAll(): Promise<void> {
    return this.#healer.untilPassed();
  }

  async close(): Promise<void> {
    await this.#healer.stop();
    await this.#parts.set.close();
  }

  /** A removal that a drive misses is remembered before it is acknowledged: set/drive-set.ts. */
  async #removeEverywhere(blobs: readonly string[]): Promise<void> {
    const { set } = this.#parts;
    const asked = new Set<DriveStore>();
    // A drive that joins meanwhile is asked too: its search for orphans may be over before this is.
    for (;;) {
      const drives = set.usable.filter(({ store }) => !asked.has(store));
      if (drives.length === 0) break;
      await Promise.all(
        drives.map(async ({ slot, store }) => {
          asked.add(store);
          try {
            await store.remove(blobs);
          } catch (error) {
            if (isFull(error) || !isDriveTrouble(error)) throw error;
            set.fail(slot, store, error);
          }
        }),
      );
    }
    await set.settled();
  }

  readonly #onTrouble: OnTrouble = ({ blob, slot, error }) => {
    this.#metrics.rebuilt();
    if (error === undefined) this.#healer.enqueue(blob);
    else void this.#lookAt(blob, slot, error);
  };

  /** What a drive that is there cannot read is rotten, and healed in its place; of one that is gone it says nothing. */
  async #lookAt(blob: string, slot: Slot, error: unknown): Promise<void> {
    const { store } = slot;
    await this.#parts.set.probe(slot);
    const isThere = store !== undefined && slot.store === store;
    if (isThere && error instanceof DiskError && error.code === 'io') store.markUnreadable(blob, error);
    this.#healer.enqueue(blob);
  }
}

/** A row that rotted says nothing of the drive. */
async function placeOrDamage(
  store: DriveStore,
  blob: string,
): Promise<BlobPlace | BlobDamagedError | undefined> {
  try {
    return await store.locate(blob);
  } catch (error) {
    if (error instanceof BlobDamagedError) return error;
    throw error;
  }
}

/** The pass that was under way; none where it went past what a drive that is back now missed. */
async function passLeft(parts: DriveSetStoreParts): Promise<PassState | undefined> {
  if (parts.set.usable.some(({ slot }) => slot.missed)) return undefined;
  return readState(parts.world.disk, passPath(parts), passState).catch((error: unknown) => {
    // Healing begins anew: nothing else depends on it.
    if (error instanceof StateFileError) return undefined;
    throw error;
  });
}

function passPath({ directory }: DriveSetStoreParts): string {
  return `${directory}/healing.json`;
}
