// Does for one place, in the background, what the metadata store says: takes away copies whose time is over and makes those
// that were asked for, removes what no row refers to, moves what is due. Everything it knows stands there: who is killed
// goes on where it was.
//
// While the place is away nothing is tried but to reach it again, after 1 s to a minute. What fails by itself, because its
// bytes are damaged or the disk is full, is put off and keeps nothing else waiting.

import { SqlError } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import type { Telemetry } from '@cairn/telemetry';
import { DiskError } from '@cairn/world';
import { BlobDamagedError } from '../../data/data-store.ts';
import type { Pace } from '../../data/upkeep/pace.ts';
import { ObjectStorageError } from '../../errors.ts';
import {
  orphanDelayMs,
  placeBatchRows,
  placeIdleMs,
  placeItemRetryMs,
  placeLateEveryMs,
  placeRetryMsMax,
  placeRetryMsMin,
  transitionsAtOnce,
} from '../../limits.ts';
import type { LateInput } from '../../metadata/transition/late.ts';
import type { MovementRow } from '../../metadata/transition/movements.ts';
import type { RestoredRow } from '../../metadata/transition/restored-rows.ts';
import { SerialSteps } from '../../serial-steps.ts';
import { PlacedDamagedError } from '../../transition/placed-format.ts';
import { ContentGone } from '../content-gone.ts';
import type { StorageClass } from '../object-storage.ts';
import { type MovingParts, moveObject, restoreCopy } from './move-object.ts';
import type { TransitionMetrics } from './transition-metrics.ts';

export type PlaceWorkerParts = MovingParts & {
  readonly pace: Pace;
  readonly log: Telemetry['log'];
  readonly metrics: TransitionMetrics;
  readonly wakeGarbageWorker: () => void;
  readonly wakeEventWorker: () => void;
};

/** Why the place cannot be used at the moment. */
export type PlaceFailure = { readonly failures: number; readonly failure?: string };

export class PlaceWorker {
  readonly storageClass: StorageClass;
  readonly #parts: PlaceWorkerParts;
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  /** One round at a time. */
  readonly #steps = new SerialSteps();
  readonly #removesFromMs: number;
  /** Of the wall clock, before the monotonic one, in the last round. */
  #aheadMs = 0;
  /** By the monotonic clock: when what is late is looked for. */
  #hastensAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #failure: string | undefined;

  constructor(parts: PlaceWorkerParts, storageClass: StorageClass) {
    this.#parts = parts;
    this.storageClass = storageClass;
    this.#removesFromMs = parts.world.clock.monotonicMs() + orphanDelayMs;
    this.#finished = this.#work();
  }

  /** Of the place; none since it was used last. */
  get state(): PlaceFailure {
    const failure = this.#failure === undefined ? {} : { failure: this.#failure };
    return { failures: this.#failures, ...failure };
  }

  /** Removes all garbage that is there now and not being read. Throws while the place is away. */
  collect(): Promise<number> {
    return this.#steps.run(async () => {
      let removed = 0;
      for (let more = 1; more > 0; removed += more) more = await this.#removeGarbage();
      return removed;
    });
  }

  /** Runs something while nothing is moved or removed. */
  whilePaused<T>(action: () => Promise<T>): Promise<T> {
    return this.#steps.whilePaused(action);
  }

  /** Resolves when what is under way has ended, or was given up. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#finished;
    await this.#steps.settled();
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const restMs = this.#steps.isPaused ? placeIdleMs : await this.#roundAndRest();
      if (restMs > 0) await this.#parts.world.clock.sleep(restMs, signal).catch(() => {});
    }
  }

  /** How long to rest then. */
  async #roundAndRest(): Promise<number> {
    try {
      const did = await this.#steps.run(() => this.#round());
      this.#failures = 0;
      this.#failure = undefined;
      return did > 0 ? 0 : placeIdleMs;
    } catch (error) {
      if (this.#stopping.signal.aborted) return 0;
      if (!isExpected(error)) throw error;
      return this.#away(error);
    }
  }

  #away(error: Error): number {
    const { log, metrics } = this.#parts;
    const { storageClass } = this;
    metrics.failed(storageClass);
    const retryMs = Math.min(placeRetryMsMin * 2 ** this.#failures, placeRetryMsMax);
    this.#failures++;
    this.#failure = causeOf(error);
    if (this.#failures === 1) {
      log.warn('the place of a storage class cannot be used; it will be tried again', {
        storageClass,
        error,
      });
    }
    return retryMs;
  }

  /** How many things were done. Throws when the place, or the metadata store, is away. */
  async #round(): Promise<number> {
    const { metadata, world } = this.#parts;
    const input = { place: this.storageClass, nowMs: Math.floor(world.clock.nowMs()), limit: placeBatchRows };
    let done = 0;
    await this.#hastenLate(input);
    const copies = await metadata.lookup('listRestores', input);
    // Those whose time is over first: they need no place.
    for (const row of copies.toSorted((left, right) => right.ready - left.ready))
      done += await this.#restore(row);
    done += await this.#removeGarbage();
    const due = await metadata.lookup('listMovements', input);
    for (let at = 0; at < due.length; at += transitionsAtOnce) {
      if (this.#stopping.signal.aborted || this.#steps.isPaused) break;
      // All of them end before the round does.
      const moves = due.slice(at, at + transitionsAtOnce).map((movement) => this.#move(movement));
      for (const move of await Promise.allSettled(moves)) if (move.status === 'rejected') throw move.reason;
    }
    return done + due.length;
  }

  /**
   * At the start, when the clock went back, and now and then, as it may do both between two rounds: what was written while it was
   * ahead would wait until it is that late.
   */
  async #hastenLate({ place, nowMs, limit }: Omit<LateInput, 'putOffMsMax'>): Promise<void> {
    const { metadata, world } = this.#parts;
    const ranMs = world.clock.monotonicMs();
    const aheadMs = nowMs - ranMs;
    if (aheadMs <= this.#aheadMs - placeItemRetryMs) this.#hastensAtMs = ranMs;
    this.#aheadMs = aheadMs;
    if (ranMs < this.#hastensAtMs) return;
    const input = { place, nowMs, limit, putOffMsMax: placeItemRetryMs };
    while ((await metadata.write('hastenLate', input)) > 0) this.#stopping.signal.throwIfAborted();
    this.#hastensAtMs = ranMs + placeLateEveryMs;
  }

  async #restore(row: RestoredRow & { readonly intact: boolean }): Promise<number> {
    const { metadata, world } = this.#parts;
    const { source } = row;
    const nowMs = Math.floor(world.clock.nowMs());
    if (!row.intact) {
      await metadata.write('dropRottenRestore', { source });
      this.#parts.log.error('a row of a restored copy is damaged and was removed', { source });
    } else if (row.ready === 1) {
      await metadata.write('expireRestore', { source, nowMs });
      this.#parts.wakeGarbageWorker();
    } else {
      await this.#each(row, {
        what: 'an archived object was not restored; it will be tried again',
        action: async () => {
          const bytes = await restoreCopy(this.#parts, row, this.#moving());
          if (bytes !== undefined) this.#parts.metrics.restored(this.storageClass, bytes);
        },
        putOff: (dueMs) => metadata.write('postponeRestore', { source, dueMs }),
      });
    }
    this.#parts.wakeEventWorker();
    return 1;
  }

  async #move({ intact, ...movement }: MovementRow & { readonly intact: boolean }): Promise<void> {
    const { metadata } = this.#parts;
    if (!intact) {
      await metadata.write('settleMovement', { movement, dueMs: undefined });
      return this.#parts.log.error('a row of a move is damaged and was removed', { movement });
    }
    await this.#each(movement, {
      what: 'an object was not moved to its storage class; it will be tried again',
      action: async () => {
        const bytes = await moveObject(this.#parts, movement, this.#moving());
        if (bytes === undefined) return;
        this.#parts.metrics.moved(this.storageClass, bytes);
        this.#parts.wakeGarbageWorker();
        this.#parts.wakeEventWorker();
      },
      putOff: (dueMs) => metadata.write('settleMovement', { movement, dueMs }),
    });
  }

  /** What fails for itself is put off; what fails because the place or the metadata store is away is thrown. */
  async #each(
    { bucket, key, version }: { bucket: number; key: string; version: string },
    options: { what: string; action: () => Promise<void>; putOff: (dueMs: number) => Promise<void> },
  ): Promise<void> {
    const { log, metrics, world } = this.#parts;
    try {
      await options.action();
    } catch (error) {
      if (this.#stopping.signal.aborted || !isOfItem(error)) throw error;
      metrics.failed(this.storageClass);
      log.warn(options.what, { storageClass: this.storageClass, bucket, key, version, error });
      await options.putOff(Math.floor(world.clock.nowMs()) + placeItemRetryMs);
    }
  }

  #moving() {
    return { pace: this.#parts.pace, signal: this.#stopping.signal };
  }

  /** Not at once: what a process that was killed sent to the place may still be on its way, and would come back. */
  async #removeGarbage(): Promise<number> {
    const { metadata, places, holds, metrics, world } = this.#parts;
    if (world.clock.monotonicMs() < this.#removesFromMs) return 0;
    const place = this.storageClass;
    const listed = await metadata.lookup('listPlacedGarbage', {
      ...{ place, limit: placeBatchRows, held: holds.names() },
    });
    // A reader that came meanwhile and still saw its object; one that comes later does not find it any more.
    const ids = listed.filter((id) => !holds.isHeld(id));
    if (ids.length === 0) return 0;
    await places.remove(place, ids);
    await metadata.write('forgetPlacedGarbage', { ids });
    metrics.removed(place, ids.length);
    return ids.length;
  }
}

const itemErrors = [BlobDamagedError, PlacedDamagedError, SegmentLogError, ContentGone, DiskError];

function isOfItem(error: unknown): error is Error {
  if (error instanceof SqlError) return error.code === 'corrupt';
  return itemErrors.some((kind) => error instanceof kind);
}

function isExpected(error: unknown): error is Error {
  return error instanceof ObjectStorageError || error instanceof SqlError || isOfItem(error);
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
