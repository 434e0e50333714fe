// Counts the calls in progress on a file, so that closing waits for them: a descriptor that is closed under a queued
// write may be another file's by the time the write runs.

import assert from 'node:assert/strict';

export class CallGate {
  readonly #name: string;
  #inProgress = 0;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  enter(): void {
    assert(!this.#closed, `${this.#name} was used after it was closed`);
    this.#inProgress += 1;
  }

  leave(): void {
    this.#inProgress -= 1;
    if (this.#inProgress === 0) this.#idle?.();
  }

  /** Refuses further calls and resolves, when those in progress are done, with whether this was the first close. */
  async close(): Promise<boolean> {
    if (this.#closed) return false;
    this.#closed = true;
    if (this.#inProgress > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    return true;
  }
}
