// Receivers of a queue that wait for messages: who came first is served first, each until its time is over.

import type { Entry } from './queue-state.ts';

export type Receiver = {
  readonly max: number;
  readonly visibilityMs: number;
  /** Monotonic. */
  readonly deadlineMs: number;
  /** What it got already, while more is looked for. */
  readonly got: Entry[];
  readonly answer: (entries: readonly Entry[]) => void;
  readonly refuse: (error: unknown) => void;
};

export class WaitingReceivers {
  readonly #receivers = new Set<Receiver>();

  get first(): Receiver | undefined {
    return this.#receivers.values().next().value;
  }

  add(receiver: Receiver): void {
    this.#receivers.add(receiver);
  }

  /** Idempotent. */
  answer(receiver: Receiver): void {
    if (this.#receivers.delete(receiver)) receiver.answer(receiver.got);
  }

  /** Who has something already gets that. Idempotent. */
  refuse(receiver: Receiver, error: unknown): void {
    if (receiver.got.length > 0) this.answer(receiver);
    else if (this.#receivers.delete(receiver)) receiver.refuse(error);
  }

  refuseAll(error: unknown): void {
    for (const receiver of [...this.#receivers]) this.refuse(receiver, error);
  }

  answerThoseDue(monotonicMs: number): void {
    for (const receiver of [...this.#receivers])
      if (receiver.deadlineMs <= monotonicMs) this.answer(receiver);
  }

  answerAll(): void {
    for (const receiver of [...this.#receivers]) this.answer(receiver);
  }

  /** The time of the first that gives up; undefined when nobody waits. */
  nextDeadlineMs(): number | undefined {
    let next: number | undefined;
    for (const { deadlineMs } of this.#receivers)
      if (next === undefined || deadlineMs < next) next = deadlineMs;
    return next;
  }
}
