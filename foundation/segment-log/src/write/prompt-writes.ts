// Which writes are made on the calling thread. A small one into the page cache takes a few microseconds there, and a trip to
// another thread tens of them, at both ends. DESIGN.md says what was measured of what may hold such a write up:
//
// | what                                      | therefore                                                              |
// | ----------------------------------------- | ---------------------------------------------------------------------- |
// | a sync of the same file under way         | none is made beside one                                                |
// | the kernel slows who writes much unsynced | 4 MiB within a second, counted anew when all was synced                |
// | anything else                             | after one that took 2 ms none is made for 0.1 s, twice as long if the  |
// |                                           | next takes as long, up to 10 s; in no log: of a thousand each would be |
// |                                           | held up in its turn                                                    |

import type { Clock } from '@cairn/world';
import {
  promptWriteBytesMax,
  promptWriteBytesPerSecond,
  promptWriteMsMax,
  promptWritePauseMsMax,
  promptWritePauseMsMin,
} from '../limits.ts';
import type { GroupCommit } from './group-commit.ts';

const periodMs = 1_000;

/** Of all logs whose time one clock tells: what holds a write up is the disk's, or the kernel's. */
class Pause {
  static readonly #ofClocks = new WeakMap<Pick<Clock, 'monotonicMs'>, Pause>();
  untilMs = Number.NEGATIVE_INFINITY;
  #nextMs = promptWritePauseMsMin;

  static of(clock: Pick<Clock, 'monotonicMs'>): Pause {
    const pause = Pause.#ofClocks.get(clock) ?? new Pause();
    Pause.#ofClocks.set(clock, pause);
    return pause;
  }

  /** Whoever took the core away meanwhile looks like a slow disk, but not twice in a row. */
  begin(nowMs: number): void {
    this.untilMs = nowMs + this.#nextMs;
    this.#nextMs = Math.min(2 * this.#nextMs, promptWritePauseMsMax);
  }

  /** The next one is short again. */
  forget(): void {
    this.#nextMs = promptWritePauseMsMin;
  }
}

export class PromptWrites {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #pause: Pause;
  #periodStartMs = Number.NEGATIVE_INFINITY;
  #bytesInPeriod = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#pause = Pause.of(clock);
  }

  allows(lengthBytes: number, commit: Pick<GroupCommit, 'isSyncing' | 'isSynced'>): boolean {
    if (lengthBytes > promptWriteBytesMax || commit.isSyncing) return false;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#pause.untilMs) return false;
    if (commit.isSynced || nowMs - this.#periodStartMs >= periodMs) {
      this.#periodStartMs = nowMs;
      this.#bytesInPeriod = 0;
    }
    return this.#bytesInPeriod + lengthBytes <= promptWriteBytesPerSecond;
  }

  /** Writes what was allowed. Throws what `write` throws. */
  make(lengthBytes: number, write: () => void): void {
    const startMs = this.#clock.monotonicMs();
    this.#bytesInPeriod += lengthBytes;
    try {
      write();
    } finally {
      const endMs = this.#clock.monotonicMs();
      if (endMs - startMs > promptWriteMsMax) this.#pause.begin(endMs);
      else this.#pause.forget();
    }
  }
}
