// Which syncs are made on the calling thread. Where a disk makes a few KiB durable in a tenth of a millisecond, the trip to another
// thread and back takes longer than that. DESIGN.md says what was measured.
//
// | what                                           | therefore                                                            |
// | ---------------------------------------------- | -------------------------------------------------------------------- |
// | a disk may be slow                             | none before four syncs in a row took less than 1 ms                  |
// | or become slow                                 | after one that took longer none is made for 1 s, and twice as long   |
// |                                                | each time, up to 10 s; 1 s again after a thousand that were short    |
// | the thread serves others                       | after each none is made for as long as it took: at most half of the  |
// |                                                | time is spent waiting                                                |
// | many come at a time, and one sync serves them  | none beside another of any log, and one in a turn of the event loop  |

import type { Clock } from '@cairn/world';
import {
  promptSyncMsMax,
  promptSyncPauseMsMax,
  promptSyncPauseMsMin,
  promptSyncsAfter,
  promptSyncsForgetAfter,
} from '../limits.ts';

type SyncClock = Pick<Clock, 'monotonicMs' | 'nextTurn'>;

/** Of all logs whose time one clock tells: what holds a sync up is the disk's, or the kernel's. */
export class PromptSyncs {
  static readonly #ofClocks = new WeakMap<SyncClock, PromptSyncs>();
  readonly #clock: SyncClock;
  /** Of those on other threads. */
  #underWay = 0;
  #shortInARow = 0;
  #hadTurn = false;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #nextPauseMs = promptSyncPauseMsMin;

  static of(clock: SyncClock): PromptSyncs {
    const known = PromptSyncs.#ofClocks.get(clock) ?? new PromptSyncs(clock);
    PromptSyncs.#ofClocks.set(clock, known);
    return known;
  }

  private constructor(clock: SyncClock) {
    this.#clock = clock;
  }

  get isAllowed(): boolean {
    if (this.#underWay > 0 || this.#hadTurn || this.#shortInARow < promptSyncsAfter) return false;
    return this.#clock.monotonicMs() >= this.#pausedUntilMs;
  }

  /** Makes what was allowed. Throws what `sync` throws. */
  make(sync: () => void): void {
    const startMs = this.#clock.monotonicMs();
    this.#hadTurn = true;
    this.#clock.nextTurn(() => {
      this.#hadTurn = false;
    });
    try {
      sync();
    } finally {
      const endMs = this.#clock.monotonicMs();
      this.#took(endMs - startMs);
      this.#pausedUntilMs = endMs + (endMs - startMs);
      if (this.#shortInARow === 0) this.#pause(endMs);
    }
  }

  /** One begins on another thread; to be called back when it ended. */
  begin(): () => void {
    const startMs = this.#clock.monotonicMs();
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
      this.#took(this.#clock.monotonicMs() - startMs);
    };
  }

  #took(durationMs: number): void {
    this.#shortInARow = durationMs > promptSyncMsMax ? 0 : this.#shortInARow + 1;
    if (this.#shortInARow === promptSyncsForgetAfter) this.#nextPauseMs = promptSyncPauseMsMin;
  }

  #pause(nowMs: number): void {
    this.#pausedUntilMs = nowMs + this.#nextPauseMs;
    this.#nextPauseMs = Math.min(2 * this.#nextPauseMs, promptSyncPauseMsMax);
  }
}
