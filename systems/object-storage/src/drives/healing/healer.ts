// The worker that makes blobs whole again: those that reads and writes tell of, those that the drives' scrubbers found
// rotten, and in passes over all blobs those that have fewer shards than they should, because a drive was away, came back,
// or is new.
//
// A pass begins after a start, when a drive joins, and once a day. Its place is kept now and then, so that a restart goes
// on from there. That it is to begin anew is kept at once: the place of the pass before is past what a new drive lacks. While a drive that was away holds blobs that may have been removed, passes wait for the search for
// orphans: they would copy what is to be deleted.

import { SqlError } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import { type Clock, DiskError } from '@cairn/world';
import { z } from 'zod';
import type { HealingProgress } from '../../data/data-store.ts';
import { Pace } from '../../data/upkeep/pace.ts';
import {
  healingIdleMs,
  healingPageBlobs,
  healingPassEveryMs,
  healingPlaceEveryMs,
  healingQueueMax,
  healingWaitMsMax,
} from '../../limits.ts';
import { rankSlots } from '../layout/placement.ts';
import { schemeOf, shardCount } from '../layout/redundancy.ts';
import { isDriveTrouble } from '../reading/drive-trouble.ts';
import { type Healed, type HealParts, healBlob } from './heal-blob.ts';
import { listMerged, type MergedBlob } from './list-merged.ts';

export const passState = z.strictObject({
  startedMs: z.number(),
  finishedMs: z.number(),
  after: z.string(),
  scannedBlobs: z.number(),
  healedBlobs: z.number(),
  healedBytes: z.number(),
  degradedBlobs: z.number(),
  lostBlobs: z.number(),
});
export type PassState = z.output<typeof passState>;

export type HealerParts = Omit<HealParts, 'spend'> & {
  readonly clock: Clock;
  readonly log: Telemetry['log'];
  readonly bytesPerSecond: number;
  readonly isBusy: () => boolean;
  /** What an earlier process left of a pass. */
  readonly left: PassState | undefined;
  readonly keep: (state: PassState) => Promise<void>;
  readonly onHealed: (bytes: number) => void;
};

const noPass: PassState = {
  ...{ startedMs: 0, finishedMs: 0, after: '', scannedBlobs: 0 },
  ...{ healedBlobs: 0, healedBytes: 0, degradedBlobs: 0, lostBlobs: 0 },
};

export class Healer {
  readonly #parts: HealerParts & HealParts;
  readonly #stopping = new AbortController();
  /** In the order in which they were told. */
  readonly #queue = new Set<string>();
  /** Damaged blobs that could not be healed: not tried again before the next pass. */
  readonly #hopeless = new Set<string>();
  #state: PassState;
  #running = false;
  /** A pass is to begin anew; since when. */
  #dueSinceMs: number | undefined;
  #keptMs = 0;
  /** One state is written at a time. */
  #keeping: Promise<void> = Promise.resolve();
  #finished: Promise<void> = Promise.resolve();
  #resting = new AbortController();

  constructor(parts: HealerParts) {
    const pace = new Pace(parts);
    this.#parts = { ...parts, spend: (bytes) => pace.spend(bytes, this.#stopping.signal) };
    this.#state = parts.left ?? noPass;
    this.#running = this.#state.startedMs > this.#state.finishedMs;
    this.#dueSinceMs = this.#running ? undefined : parts.clock.monotonicMs();
  }

  get progress(): HealingProgress {
    const running = this.#running || this.#dueSinceMs !== undefined;
    return { ...this.#state, running, queuedBlobs: this.#queue.size };
  }

  start(): void {
    // What an earlier process left may be there still, and not to be taken up.
    if (this.#parts.left === undefined) void this.#noteDue();
    this.#finished = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    this.#resting.abort();
    await this.#finished;
    await this.#keeping;
  }

  /** More than there is room for is found by the next pass. */
  enqueue(blob: string): void {
    if (this.#queue.size >= healingQueueMax) void this.passIsDue();
    else if (!this.#hopeless.has(blob)) this.#queue.add(blob);
    this.#resting.abort();
  }

  /**
   * A drive joined: what the pass under way went past may be missing there. Resolves when no restart takes up the place of
   * that pass any more, or it could not be noted.
   */
  async passIsDue(): Promise<void> {
    const isNoted = this.#dueSinceMs !== undefined;
    this.#dueSinceMs ??= this.#parts.clock.monotonicMs();
    this.#resting.abort();
    // Who noted it may still be writing.
    await (isNoted ? this.#keeping : this.#noteDue());
  }

  async #noteDue(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#parts.log.warn('it could not be noted that healing begins anew', { error });
    }
  }

  /** Resolves when a pass that begins now has ended, or the healer was stopped. */
  async untilPassed(): Promise<void> {
    const { clock } = this.#parts;
    await this.passIsDue();
    while (!this.#stopping.signal.aborted && (this.#running || this.#dueSinceMs !== undefined)) {
      await clock.sleep(healingIdleMs / 10, this.#stopping.signal).catch(() => {});
    }
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (!(await this.#step())) await this.#rest();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof SqlError || error instanceof DiskError || isDriveTrouble(error))) throw error;
        this.#parts.log.warn('healing stopped; it will be tried again', { error });
        await this.#rest();
      }
    }
  }

  /** Whether there is more to do at once. */
  async #step(): Promise<boolean> {
    await this.#healQueued();
    await this.#healDamaged();
    await this.#beginIfDue();
    if (!this.#running || this.#dueSinceMs !== undefined) return false;
    await this.#page();
    return true;
  }

  async #healQueued(): Promise<void> {
    for (const blob of this.#queue) {
      this.#queue.delete(blob);
      const { outcome } = await this.#heal(blob);
      if (outcome !== 'later') continue;
      this.#queue.add(blob);
      return;
    }
  }

  async #healDamaged(): Promise<void> {
    const { set } = this.#parts;
    for (const drive of set.usable) {
      if (drive.store.damagedBlobs === 0) continue;
      for (const { blob } of (await set.attempt(drive, (store) => store.listDamaged())) ?? []) {
        if (this.#hopeless.has(blob)) continue;
        const { outcome } = await this.#heal(blob);
        if ((outcome === 'lost' || outcome === 'degraded') && this.#hopeless.size < healingQueueMax)
          this.#hopeless.add(blob);
      }
    }
  }

  async #heal(blob: string): Promise<Healed> {
    this.#stopping.signal.throwIfAborted();
    const healed = await healBlob(this.#parts, blob);
    if (healed.writtenBytes === 0 || healed.outcome === 'lost' || healed.outcome === 'later') return healed;
    this.#parts.onHealed(healed.writtenBytes);
    const { healedBlobs, healedBytes } = this.#state;
    this.#state = {
      ...this.#state,
      healedBlobs: healedBlobs + 1,
      healedBytes: healedBytes + healed.writtenBytes,
    };
    return healed;
  }

  async #beginIfDue(): Promise<void> {
    const { clock, set } = this.#parts;
    const sinceMs = clock.nowMs() - this.#state.startedMs;
    // Before its beginning: the clock was ahead then.
    const daily = !this.#running && (sinceMs > healingPassEveryMs || sinceMs < 0);
    if (daily) this.#dueSinceMs ??= clock.monotonicMs();
    if (this.#dueSinceMs === undefined) return;
    const waits = set.usable.some(({ slot }) => slot.missed);
    if (waits && clock.monotonicMs() - this.#dueSinceMs < healingWaitMsMax) return;
    this.#dueSinceMs = undefined;
    this.#hopeless.clear();
    this.#running = true;
    this.#state = { ...noPass, finishedMs: this.#state.finishedMs, startedMs: Math.floor(clock.nowMs()) };
    await this.#keep();
  }

  async #page(): Promise<void> {
    const { set, clock } = this.#parts;
    const page = await listMerged(set, { after: this.#state.after, limit: healingPageBlobs });
    for (const merged of page.blobs) {
      if (this.#dueSinceMs !== undefined) return;
      await this.#lookAt(merged);
      this.#state = {
        ...this.#state,
        after: merged.blob,
        scannedBlobs: this.#state.scannedBlobs + 1,
      };
    }
    if (page.next !== undefined) return this.#keepNowAndThen();
    this.#running = false;
    this.#state = { ...this.#state, finishedMs: Math.max(Math.floor(clock.nowMs()), this.#state.startedMs) };
    await this.#keep();
  }

  async #lookAt({ blob, holders }: MergedBlob): Promise<void> {
    const scheme = schemeOf(blob);
    if (scheme === undefined) return;
    const { slots, usable, isWhole } = this.#parts.set;
    const count = shardCount(scheme);
    const homes = rankSlots(blob, slots).slice(0, count);
    const atHome = homes.every((home) => holders.some(({ slot }) => slot === home));
    const rotten = holders.some(({ store }) => store.isDamaged(blob));
    const enough = atHome || (scheme.dataShards === 1 && holders.length >= count);
    if (enough && !rotten) return;
    if (!rotten && holders.length < scheme.dataShards) return this.#count(isWhole ? 'lost' : 'degraded');
    // Nowhere to go: the usual case while a drive is away.
    if (!rotten && holders.length < count && holders.length === usable.length) return this.#count('degraded');
    this.#count((await this.#heal(blob)).outcome);
  }

  #count(outcome: Healed['outcome']): void {
    const { degradedBlobs, lostBlobs } = this.#state;
    if (outcome === 'degraded') this.#state = { ...this.#state, degradedBlobs: degradedBlobs + 1 };
    if (outcome === 'lost') this.#state = { ...this.#state, lostBlobs: lostBlobs + 1 };
  }

  async #keepNowAndThen(): Promise<void> {
    if (this.#parts.clock.monotonicMs() - this.#keptMs >= healingPlaceEveryMs) await this.#keep();
  }

  async #keep(): Promise<void> {
    this.#keptMs = this.#parts.clock.monotonicMs();
    await this.#write();
  }

  #write(): Promise<void> {
    const written = this.#keeping.then(() => this.#parts.keep(this.#stateForRestart));
    this.#keeping = written.catch(() => {});
    return written;
  }

  /** Of a pass that is to begin anew, one that is not under way. */
  get #stateForRestart(): PassState {
    return this.#dueSinceMs === undefined ? this.#state : { ...this.#state, startedMs: 0, after: '' };
  }

  async #rest(): Promise<void> {
    this.#resting = new AbortController();
    const signal = AbortSignal.any([this.#resting.signal, this.#stopping.signal]);
    await this.#parts.clock.sleep(healingIdleMs, signal).catch(() => {});
  }
}
