// When open transactions are due, all on one timer. By a clock that no jump of the wall clock moves, and that counts only the
// time in which the process ran. After a restart the time of each begins again.

import type { Clock, Timer } from '@cairn/world';
import { transactionRetryMs } from '../../limits.ts';
import type { TransactionState } from '../machine/transaction-state.ts';

type Deadline = { readonly startedMs: number; readonly producerEpoch: number; dueMs: number };

export class Deadlines {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly #onDue: (transactionalId: string, isSame: (state: TransactionState) => boolean) => void;
  readonly #deadlines = new Map<string, Deadline>();
  #timer: Timer | undefined;
  #firesMs = Number.POSITIVE_INFINITY;

  /** `onDue` is called again and again until the transaction is closed; another one of the same id is not the same. */
  constructor(
    clock: Pick<Clock, 'monotonicMs' | 'setTimer'>,
    onDue: (transactionalId: string, isSame: (state: TransactionState) => boolean) => void,
  ) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  open(state: TransactionState): void {
    const { transactionalId, startedMs, producerEpoch, timeoutMs } = state;
    const known = this.#deadlines.get(transactionalId);
    if (known !== undefined && isOf(known, state)) return;
    const dueMs = this.#clock.monotonicMs() + timeoutMs;
    this.#deadlines.set(transactionalId, { startedMs, producerEpoch, dueMs });
    this.#armFor(dueMs);
  }

  close(transactionalId: string): void {
    this.#deadlines.delete(transactionalId);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#deadlines.clear();
  }

  #armFor(dueMs: number): void {
    if (dueMs >= this.#firesMs) return;
    this.#timer?.cancel();
    this.#firesMs = dueMs;
    // Whole milliseconds: what is left of one may be less than the clock can tell, and the timer would fire for ever.
    const delayMs = Math.max(1, Math.ceil(dueMs - this.#clock.monotonicMs()));
    this.#timer = this.#clock.setTimer(delayMs, () => this.#fire());
  }

  #fire(): void {
    this.#firesMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    for (const [transactionalId, deadline] of this.#deadlines) {
      if (deadline.dueMs <= nowMs) {
        deadline.dueMs = nowMs + transactionRetryMs.max;
        this.#onDue(transactionalId, (state) => isOf(deadline, state));
      }
      next = Math.min(next, deadline.dueMs);
    }
    if (next < Number.POSITIVE_INFINITY) this.#armFor(next);
  }
}

function isOf(deadline: Deadline, { startedMs, producerEpoch }: TransactionState): boolean {
  return deadline.startedMs === startedMs && deadline.producerEpoch === producerEpoch;
}
