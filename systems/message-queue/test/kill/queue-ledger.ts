// What is known of the messages of a queue: which were sent, which are deleted, and what may not be received any more.

import assert from 'node:assert/strict';

type Fate = 'unknown' | 'there' | 'maybe deleted' | 'deleted';
type Message = { fate: Fate; deletedAt: number };

export class QueueLedger {
  readonly #isFifo: boolean;
  /** By body, in the order of sending. */
  readonly #messages = new Map<string, Message>();
  /** Counts acknowledged deletions. */
  #clock = 0;
  #sent = 0;

  constructor({ isFifo }: { isFifo: boolean }) {
    this.#isFifo = isFifo;
  }

  /** Goes on: what is received by a call that began at it may not have been deleted before. */
  get clock(): number {
    return this.#clock;
  }

  get counts(): { sent: number; deleted: number } {
    return { sent: this.#sent, deleted: this.#clock };
  }

  get undeleted(): readonly string[] {
    return [...this.#messages].filter(([, { fate }]) => fate === 'there').map(([body]) => body);
  }

  sending(bodies: readonly string[]): void {
    for (const body of bodies) this.#messages.set(body, { fate: 'unknown', deletedAt: 0 });
  }

  sent(bodies: readonly string[]): void {
    this.#sent += bodies.length;
    for (const body of bodies) this.#messages.get(body)!.fate = 'there';
  }

  /** What one call was given that began at `clock`. Throws when it may not be so. */
  received(bodies: readonly string[], clock: number): void {
    for (const [index, body] of bodies.entries()) {
      const message = this.#messages.get(body);
      assert(message !== undefined, `nobody sent '${body}'`);
      assert(
        message.fate !== 'deleted' || message.deletedAt > clock,
        `'${body}' came back after it was deleted`,
      );
      if (this.#isFifo) this.#requireOrder(body, new Set(bodies.slice(0, index)));
    }
  }

  /** One whose receipt may be out of date is deleted perhaps. */
  deleted(body: string, isCertain: boolean): void {
    const message = this.#messages.get(body)!;
    if (isCertain) message.deletedAt = ++this.#clock;
    if (message.fate !== 'deleted') message.fate = isCertain ? 'deleted' : 'maybe deleted';
  }

  #requireOrder(body: string, before: ReadonlySet<string>): void {
    for (const [earlier, { fate }] of this.#messages) {
      if (earlier === body) return;
      const isPassed = fate !== 'there' || before.has(earlier);
      assert(isPassed, `'${body}' came before '${earlier}', which is not deleted`);
    }
  }
}
