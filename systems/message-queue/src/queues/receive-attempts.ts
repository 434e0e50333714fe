// What receivers of a FIFO queue got under an attempt id of theirs: who lost the answer asks again and gets the same.

import { deduplicationWindowMs, inFlightMax } from '../limits.ts';

type Receipt = { readonly offset: number; readonly receiveNumber: number };

export class ReceiveAttempts {
  /** The oldest first. */
  readonly #attempts = new Map<string, { readonly receipts: readonly Receipt[]; readonly untilMs: number }>();

  /** Times are monotonic. */
  find(attemptId: string, nowMs: number): readonly Receipt[] | undefined {
    for (const [known, { untilMs }] of this.#attempts) {
      if (untilMs > nowMs) break;
      this.#attempts.delete(known);
    }
    return this.#attempts.get(attemptId)?.receipts;
  }

  note(attemptId: string, receipts: readonly Receipt[], nowMs: number): void {
    this.#attempts.delete(attemptId);
    this.#attempts.set(attemptId, { receipts, untilMs: nowMs + deduplicationWindowMs });
    // One that still holds has something in flight, so there are no more of them.
    if (this.#attempts.size > inFlightMax) this.#attempts.delete(this.#attempts.keys().next().value!);
  }
}
