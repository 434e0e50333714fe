// Carries out the lifecycle rules of buckets in the background: expires objects and noncurrent versions, removes delete
// markers that are all that is left of a key, aborts uploads, and gives versions colder storage classes: those that have a
// place are handed to its own worker (core/transition), so that a place that is slow or away holds up nothing here.
//
// A pass through a bucket reads pages of rows that its rules may cover, deletes what is due in small transactions that
// decide again, and keeps its place in the same transactions. So a crash at any time repeats a page, and a second look at
// what is gone finds nothing. A pass is due once a period, and when the rules change:
//
//   days of the calendar      a period is a day from midnight UTC, when everything that is counted in days becomes due
//   days of another length    a period is a quarter of such a day

import { SqlError } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { calendarDayMs } from '../../lifecycle/due.ts';
import {
  lifecycleBatch,
  lifecyclePageRows,
  lifecyclePagesUnkept,
  lifecycleRestMsMax,
  lifecycleRowsPerSecond,
} from '../../limits.ts';
import type { ExpireInput } from '../../metadata/lifecycle/expire.ts';
import { type Candidate, firstPlace } from '../../metadata/lifecycle/find-expired.ts';
import type { Lifecycle, LifecyclePass, LifecycleState } from '../../metadata/lifecycle/passes.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import type { Occasion } from '../../metadata/versions.ts';
import type { StorageClass } from '../object-storage.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';
import { listAllLifecycles } from './list-all-lifecycles.ts';
import { RowPace } from './row-pace.ts';

export type LifecycleSettings = {
  /** How long a day of the rules is; only one of the calendar's length ends at midnight. */
  readonly dayMs: number;
  readonly deletionsPerSecond: number;
};

export type LifecycleParts = LifecycleSettings & {
  readonly clock: Clock;
  readonly metadata: MetadataSql;
  readonly log: Telemetry['log'];
  readonly metrics: LifecycleMetrics;
  /** Storage classes that have a place of their own. */
  readonly places: readonly StorageClass[];
  readonly occasion: () => Occasion;
  /** Gives a question: whether clients were many since it was last asked. */
  readonly watchClients: () => () => boolean;
  readonly wakeGarbageWorker: () => void;
};

export class LifecycleWorker {
  readonly #parts: LifecycleParts;
  readonly #stopping = new AbortController();
  readonly #scans: RowPace;
  readonly #deletions: RowPace;
  readonly #finished: Promise<void>;

  constructor(parts: LifecycleParts) {
    const { clock, deletionsPerSecond, watchClients } = parts;
    this.#parts = parts;
    this.#scans = new RowPace({ clock, rowsPerSecond: lifecycleRowsPerSecond, isBusy: watchClients() });
    this.#deletions = new RowPace({ clock, rowsPerSecond: deletionsPerSecond, isBusy: watchClients() });
    this.#finished = this.#work();
  }

  /** Resolves when the batch under way is done. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#finished;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#rest();
      if (signal.aborted) return;
      try {
        for await (const lifecycle of listAllLifecycles(this.#parts.metadata)) {
          await this.#quietly(lifecycle, () => this.#passIfDue(lifecycle));
        }
      } catch (error) {
        this.#note(error, 'buckets with lifecycle rules were not listed; it will be tried again');
      }
    }
  }

  /** What fails in one bucket keeps no other one waiting. */
  async #quietly({ bucket }: Lifecycle, pass: () => Promise<void>): Promise<void> {
    try {
      await pass();
    } catch (error) {
      this.#note(error, 'a lifecycle pass stopped; it will go on', { bucket });
    }
  }

  /** Programmers' mistakes pass through. */
  #note(error: unknown, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.#stopping.signal.aborted) return;
    if (!(error instanceof SqlError)) throw error;
    this.#parts.log.warn(message, { ...fields, error });
  }

  async #rest(): Promise<void> {
    const restMs = Math.min(lifecycleRestMsMax, this.#periodMs() / 5);
    await this.#parts.clock.sleep(restMs, this.#stopping.signal).catch(() => {});
  }

  #periodMs(): number {
    const { dayMs } = this.#parts;
    return dayMs === calendarDayMs ? dayMs : Math.max(1, dayMs / 4);
  }

  async #passIfDue(lifecycle: Lifecycle): Promise<void> {
    const nowMs = Math.floor(this.#parts.clock.nowMs());
    const period = Math.floor(nowMs / this.#periodMs());
    let state: LifecycleState | 'changed' = lifecycle.state;
    if (state.next === null) {
      // By another, not by a later one: a clock that was wrong for a while must not keep passes away until then.
      if (state.period === period) return;
      const begun = { period, startedMs: nowMs, scannedRows: 0, next: firstPlace };
      state = await this.#keep(lifecycle, { pass: { ...state, ...begun }, startedMs: state.startedMs });
    }
    await this.#pass(lifecycle, state);
  }

  /** From where it is to its end, or until the rules change. */
  async #pass(lifecycle: Lifecycle, from: LifecycleState | 'changed'): Promise<void> {
    const { metadata, clock, dayMs } = this.#parts;
    let state = from;
    let unkept = 0;
    while (state !== 'changed' && state.next !== null) {
      const { bucketId } = lifecycle;
      const nowMs = Math.floor(clock.nowMs());
      const input = { bucketId, from: state.next, nowMs, dayMs, limit: lifecyclePageRows };
      const sinceMs = clock.monotonicMs();
      const page = await metadata.read('findExpired', input);
      const isLate = this.#isLate(state);
      await this.#scans.spend({ rows: page.scannedRows, sinceMs, isLate }, this.#stopping.signal);
      this.#parts.metrics.scanned(page.scannedRows);
      const finishedMs = page.next === null ? Math.floor(clock.nowMs()) : state.finishedMs;
      const scannedRows = state.scannedRows + page.scannedRows;
      const passed: LifecyclePass = { ...state, next: page.next, scannedRows, finishedMs };
      const idle = page.candidates.length === 0 && page.next !== null;
      unkept = idle ? (unkept + 1) % lifecyclePagesUnkept : 0;
      if (unkept > 0) state = { ...state, ...passed };
      else state = await this.#expire(lifecycle, { state, passed, candidates: page.candidates });
      if (state !== 'changed' && state.next === null) this.#parts.metrics.passEnded(state.finishedMs);
    }
  }

  /** In batches, of which the last one keeps that the page is passed. */
  async #expire(
    lifecycle: Lifecycle,
    page: { state: LifecycleState; passed: LifecyclePass; candidates: readonly Candidate[] },
  ): Promise<LifecycleState | 'changed'> {
    const { candidates, passed } = page;
    let { state } = page;
    for (let at = 0; at === 0 || at < candidates.length; at += lifecycleBatch) {
      const batch = candidates.slice(at, at + lifecycleBatch);
      const pass = at + lifecycleBatch < candidates.length ? state : passed;
      const sinceMs = this.#parts.clock.monotonicMs();
      const kept = await this.#keep(lifecycle, { pass, startedMs: state.startedMs, candidates: batch });
      if (kept === 'changed') return kept;
      this.#parts.metrics.acted(state, kept);
      state = kept;
      if (batch.length > 0) this.#parts.wakeGarbageWorker();
      const isLate = this.#isLate(state);
      await this.#deletions.spend({ rows: batch.length, sinceMs, isLate }, this.#stopping.signal);
    }
    return state;
  }

  /** By the next one, what is due each day is due again. */
  #isLate({ startedMs }: LifecycleState): boolean {
    return this.#parts.clock.nowMs() - startedMs >= calendarDayMs;
  }

  #keep(
    { bucket, bucketId }: Lifecycle,
    { pass, startedMs, candidates = [] }: KeepOptions,
  ): Promise<LifecycleState | 'changed'> {
    const { metadata, occasion, dayMs, places } = this.#parts;
    const { period, startedMs: begunMs, scannedRows, next, finishedMs } = pass;
    const kept: LifecyclePass = { period, startedMs: begunMs, scannedRows, next, finishedMs };
    return metadata.write('expire', {
      ...{ ...occasion(), dayMs, bucket, bucketId, startedMs },
      ...{ candidates, pass: kept, places },
    });
  }
}

type KeepOptions = Pick<ExpireInput, 'pass' | 'startedMs'> & { readonly candidates?: readonly Candidate[] };
