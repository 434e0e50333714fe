// Which writes are made on the calling thread. A small one into the page cache takes a few microseconds there, and a trip to
// another thread tens of them, at both ends. DESIGN.md says what was measured of what may hold such a write up:
//
// | what                                      | therefore                                               |
// | ----------------------------------------- | ------------------------------------------------------- |
// | a sync of the same file under way         | none is made beside one                                 |
// | the kernel slows who writes much unsynced | 4 MiB within a second, counted anew when all was synced |
// | anything else, such as a slow disk        | after one that took 2 ms none is made for 0.1 s, twice  |
// |                                           | as long when the next took so long too, up to 10 s      |

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

export class PromptWrites {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #periodStartMs = Number.NEGATIVE_INFINITY;
  #bytesInPeriod = 0;
  /** Of the next pause. */
  #pauseMs = promptWritePauseMsMin;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  allows(lengthBytes: number, commit: Pick<GroupCommit, 'isSyncing' | 'isSynced'>): boolean {
    if (lengthBytes > promptWriteBytesMax || commit.isSyncing) return false;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#pausedUntilMs) return false;
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
      if (endMs - startMs > promptWriteMsMax) this.#pause(endMs);
      else this.#pauseMs = promptWritePauseMsMin;
    }
  }

  /** Whoever took the core away meanwhile looks like a slow disk, but not twice in a row. */
  #pause(nowMs: number): void {
    this.#pausedUntilMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, promptWritePauseMsMax);
  }
}
