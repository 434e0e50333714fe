// How many bytes one answer may hold in memory, so that many at once stay within a bound: the more there are, the smaller the runs of
// chunks that each reads. None waits for another, whose client may be slow.

import assert from 'node:assert/strict';

const MiB = 1024 * 1024;
/** Of all answers together, as long as a chunk is no larger than its share; beside it stand what is being decrypted and what V8 has yet to free. */
export const budgetBytes = 128 * MiB;
/** Enough for one client to be served at the speed of decryption, also from a store 20 ms away. */
export const runBytesMax = 4 * MiB;
/** The one that is sent and the one that is read. */
export const runsHeld = 2;

export class StreamBudget {
  #streams = 0;

  get streams(): number {
    return this.#streams;
  }

  enter(): void {
    this.#streams += 1;
  }

  leave(): void {
    assert(this.#streams > 0, 'leaves once for each time it entered');
    this.#streams -= 1;
  }

  /** Of a run of chunks read next; one chunk is read whatever it says. */
  runBytes(): number {
    return Math.min(runBytesMax, budgetBytes / runsHeld / Math.max(1, this.#streams));
  }
}
