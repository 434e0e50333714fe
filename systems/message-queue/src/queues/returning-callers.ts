// Callers who were just answered call again, where each waits for its answer before it goes on. The first of them would have the
// disk for itself, and all others wait until that write and theirs are over: with 64 callers every other sync was of one
// message. So a write waits a moment for those who were answered, as PostgreSQL does for siblings (`commit_delay`).
//
// | what                                    | therefore                                                                   |
// | --------------------------------------- | --------------------------------------------------------------------------- |
// | all are back who were answered          | the write begins; a caller alone never waits                                |
// | the disk is fast                        | nobody waits: half of a write is less than a timer can tell               |
// | they do not come back, or others do     | a wait in which less than half came back is followed by one write without a |
// |                                         | wait, then by 3, by 7, up to 15                                             |

import { returningMsMax, returningMsMin, returningPart, returningPauseMax } from '../limits.ts';

export class ReturningCallers {
  /** Of the write that ended last: who is waited for, and who was there when it ended. */
  #answered = 0;
  #presentAtEnd = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** Writes that go without a wait, from now on and after the next wait in vain. */
  #pause = 0;
  #nextPause = 1;

  /** A write is over that took so long; `present` wait for the next one. Times are monotonic. */
  ended(write: { nowMs: number; tookMs: number; answered: number; present: number }): void {
    const { nowMs, tookMs, answered, present } = write;
    const patienceMs = Math.min(tookMs * returningPart, returningMsMax);
    this.#untilMs = Number.NEGATIVE_INFINITY;
    if (patienceMs < returningMsMin) return;
    if (this.#pause > 0) {
      this.#pause--;
      return;
    }
    this.#answered = answered;
    this.#presentAtEnd = present;
    this.#untilMs = nowMs + patienceMs;
  }

  /** For how long the next write, of so many that are there, waits for more; undefined when it does not. */
  patienceMs(present: number, nowMs: number): number | undefined {
    if (nowMs >= this.#untilMs || present >= this.#presentAtEnd + this.#answered) return undefined;
    return this.#untilMs - nowMs;
  }

  /** The next write begins, with so many. */
  began(present: number): void {
    if (this.#untilMs === Number.NEGATIVE_INFINITY) return;
    this.#untilMs = Number.NEGATIVE_INFINITY;
    const isInVain = 2 * (present - this.#presentAtEnd) < this.#answered;
    this.#pause = isInVain ? this.#nextPause : 0;
    this.#nextPause = isInVain ? Math.min(2 * this.#nextPause + 1, returningPauseMax) : 1;
  }
}
