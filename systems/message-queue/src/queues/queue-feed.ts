// Brings messages of a queue to its receivers: takes them up from the log, hands them out, and waits for what changes that.
//
// One loop per queue runs while somebody waits and something is there. Everything that may make a message receivable
// calls `serve`: an append, a message that returns or is due (by a timer, which is armed only while somebody waits), a
// deletion that frees a group.

import type { Clock, Timer } from '@cairn/world';
import { PartitionError } from '../partition/partition.ts';
import type { QueueJournal } from './queue-journal.ts';
import type { QueueLog } from './queue-log.ts';
import type { Entry, Now, QueueState } from './queue-state.ts';
import { type Receiver, WaitingReceivers } from './waiting-receivers.ts';

export type QueueFeedParts = {
  readonly clock: Clock;
  readonly log: QueueLog;
  readonly state: QueueState;
  readonly journal: QueueJournal;
  readonly isFifo: boolean;
  readonly nextReceiveNumber: () => number;
  readonly onFailed: (error: unknown) => void;
  readonly onPassedOver: (range: { readonly first: number; readonly last: number }) => void;
};

export type Wanted = {
  readonly max: number;
  readonly visibilityMs: number;
  /** Monotonic. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
};

export class QueueFeed {
  readonly #parts: QueueFeedParts;
  readonly #receivers = new WaitingReceivers();
  #isServing = false;
  #timer: Timer | undefined;
  #isClosed = false;
  #takingUp: Promise<void> | undefined;

  constructor(parts: QueueFeedParts) {
    this.#parts = parts;
  }

  now(): Now {
    const { clock } = this.#parts;
    return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  }

  /** Up to `max` messages, now in flight, as soon as there is one; none when the time is over. Throws PartitionError. */
  take({ signal, ...wanted }: Wanted): Promise<readonly Entry[]> {
    if (this.#isClosed || signal?.aborted) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const leave = (): void => this.#receivers.answer(receiver);
      // The signal may be one of many receives.
      const forgetSignal = (): void => signal?.removeEventListener('abort', leave);
      const answer = (entries: readonly Entry[]): void => {
        forgetSignal();
        resolve(entries);
      };
      const refuse = (error: unknown): void => {
        forgetSignal();
        reject(error);
      };
      const receiver: Receiver = { ...wanted, got: [], answer, refuse };
      this.#receivers.add(receiver);
      signal?.addEventListener('abort', leave);
      this.serve();
    });
  }

  /** To be called when a message may be receivable that was not. */
  serve(): void {
    if (this.#isServing || this.#isClosed || this.#receivers.first === undefined) return;
    this.#isServing = true;
    this.#serveAll()
      .catch((error) => {
        this.#isServing = false;
        this.#receivers.refuseAll(error);
        this.#parts.onFailed(error);
      })
      .finally(() => this.#arm());
  }

  /** To be called when a message will return at another time. */
  rearm(): void {
    this.serve();
    if (!this.#isServing) this.#arm();
  }

  /** Takes up everything to an offset, so that the state knows it. */
  async takeUpThrough(offset: number): Promise<void> {
    const { state, log } = this.#parts;
    while (state.cursor <= offset && state.cursor < log.endOffset) await this.#takeUp({ always: true });
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#receivers.answerAll();
  }

  /** Ends in the same turn in which it finds nothing: whoever calls `serve` from then on starts it again. */
  async #serveAll(): Promise<void> {
    let lookedFurtherFor: Receiver | undefined;
    for (let receiver = this.#receivers.first; receiver !== undefined; receiver = this.#receivers.first) {
      this.#give(receiver);
      const { got, max } = receiver;
      // Who has something already does not wait for more than one look into the log.
      const looksFurther = got.length === 0 || (got.length < max && lookedFurtherFor !== receiver);
      if (looksFurther && this.#canTakeUp()) {
        lookedFurtherFor = receiver;
        await this.#takeUpFor(receiver);
      } else if (got.length > 0) {
        this.#receivers.answer(receiver);
      } else {
        this.#receivers.answerThoseDue(this.now().monotonicMs);
        break;
      }
    }
    this.#isServing = false;
  }

  /** What cannot be read now is the affair of who asked: the queue, and what is in flight, stay as they are. */
  async #takeUpFor(receiver: Receiver): Promise<void> {
    try {
      await this.#takeUp({ always: false });
    } catch (error) {
      if (!(error instanceof PartitionError)) throw error;
      this.#receivers.refuse(receiver, error);
    }
  }

  #give(receiver: Receiver): void {
    const { state, journal, nextReceiveNumber } = this.#parts;
    const now = this.now();
    state.advance(now);
    const untilMs = now.monotonicMs + receiver.visibilityMs;
    const max = receiver.max - receiver.got.length;
    for (const { entry, changes } of state.receive(
      { max, untilMs },
      { now, nextNumber: nextReceiveNumber },
    )) {
      receiver.got.push(entry);
      // Nobody waits for a count: what is lost of it by a crash makes it smaller.
      if (changes.length > 0) journal.record(changes).catch(() => {});
    }
  }

  #canTakeUp(): boolean {
    const { state, log } = this.#parts;
    return state.cursor < log.endOffset && !state.isFull && !state.hasInFlightMax;
  }

  /** One at a time: two would read the same. */
  async #takeUp(options: { always: boolean }): Promise<void> {
    this.#takingUp ??= this.#takeUpOnce(options).finally(() => {
      this.#takingUp = undefined;
    });
    await this.#takingUp;
  }

  async #takeUpOnce({ always }: { always: boolean }): Promise<void> {
    const { state, log, isFifo, onPassedOver } = this.#parts;
    const wanted = state.cursor;
    const { messages, from } = await log.readAhead(wanted);
    if (messages.length === 0 && from === wanted)
      throw new Error(`the log of a queue has no message at ${wanted}`);
    if (state.cursor === wanted && from > wanted) {
      onPassedOver({ first: wanted, last: from - 1 });
      state.passOverTo(from);
    }
    const now = this.now();
    for (const { offset, dueMs = 0, group } of messages) {
      // What is gone lies between; the cursor may have moved meanwhile.
      if (offset !== state.cursor) continue;
      if (state.isFull && !always) return;
      state.takeUp({ offset, dueMs, group: isFifo ? (group ?? '') : undefined }, now);
    }
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const deadlineMs = this.#receivers.nextDeadlineMs();
    if (deadlineMs === undefined || this.#isClosed) return;
    const { state, clock } = this.#parts;
    const now = this.now();
    const delayMs = Math.min(
      deadlineMs - now.monotonicMs,
      state.untilNextMs(now) ?? Number.POSITIVE_INFINITY,
    );
    // A whole one: a difference that is lost in the clock's precision would never be over.
    this.#timer = clock.setTimer(Math.max(Math.ceil(delayMs), 0), () => this.serve());
  }
}
