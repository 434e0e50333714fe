// Whether one drive answers: every call of its files and of its index runs through here, and ends within a time.
//
//   answering ---- a call is older than it may be: it rejects with `late` ----> silent: every call rejects at once
//       ^                                                                          |
//       +------------- all calls that were given up have come back ----------------+
//
// A call that was given up goes on in the kernel, and may still touch the memory that it was given. So who gave it leaves
// that memory alone, and the drive is not opened again before the call is back. Until then it keeps a thread, of which the
// process has few for files (libuv: four): at most `callsMax` are let out at a time, so that a silent drive never has all.

import { Deadline, DeadlineExceeded } from '@cairn/resilience';
import { type Clock, DiskError, type Timer } from '@cairn/world';

export type DriveAnswersOptions = {
  readonly clock: Clock;
  /** How long a call may take, with its wait for others. */
  readonly withinMs: number;
  /** Of the disk, at a time. */
  readonly callsMax: number;
};

type Call = {
  readonly deadline: Deadline;
  readonly giveUp: (error: DeadlineExceeded) => void;
  /** Undefined once it is let out. */
  letOut: (() => void) | undefined;
  isGivenUp: boolean;
};

export class DriveAnswers {
  readonly #options: DriveAnswersOptions;
  /** In the order in which they were asked for, which is that of their deadlines. */
  readonly #calls = new Set<Call>();
  readonly #waiting: Call[] = [];
  #running = 0;
  /** Calls that were given up and have not come back. */
  #silent = 0;
  #timer: Timer | undefined;

  constructor(options: DriveAnswersOptions) {
    this.#options = options;
  }

  get isSilent(): boolean {
    return this.#silent > 0;
  }

  /** Throws DiskError `late` while the drive is silent: for what is called on the calling thread. */
  demand(operation: string, path: string): void {
    if (this.isSilent) throw this.#late({ operation, path });
  }

  /** What the call gives. Throws what it throws, and DiskError `late`. Only `limited` ones wait for each other. */
  async run<T>(
    call: () => Promise<T>,
    what: { readonly operation: string; readonly path: string; readonly limited: boolean },
  ): Promise<T> {
    this.demand(what.operation, what.path);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const asked: Call = {
      deadline: Deadline.after(this.#options.clock, this.#options.withinMs),
      giveUp: (cause) => reject(this.#late({ ...what, cause })),
      letOut: undefined,
      isGivenUp: false,
    };
    this.#calls.add(asked);
    this.#arm();
    const letOut = () => {
      asked.letOut = undefined;
      if (what.limited) this.#running++;
      call()
        .then(resolve, reject)
        .finally(() => this.#cameBack(asked, what.limited));
    };
    if (what.limited && this.#running >= this.#options.callsMax) {
      asked.letOut = letOut;
      this.#waiting.push(asked);
    } else letOut();
    return promise;
  }

  #cameBack(call: Call, limited: boolean): void {
    this.#calls.delete(call);
    if (call.isGivenUp) this.#silent--;
    if (!limited) return;
    this.#running--;
    this.#waiting.shift()?.letOut?.();
  }

  /** One timer for all: the oldest call is the first that may be late. */
  #arm(): void {
    const [oldest] = this.#calls;
    if (oldest === undefined || this.#timer !== undefined) return;
    this.#timer = this.#options.clock.setTimer(oldest.deadline.remainingMs, () => {
      this.#timer = undefined;
      this.#giveUpLate();
      this.#arm();
    });
  }

  /** A drive that is late once answers none of those that wait for it either. */
  #giveUpLate(): void {
    const error = new DeadlineExceeded(this.#options.withinMs);
    const late = [...this.#calls].filter(({ deadline }) => deadline.passed);
    for (const call of late) {
      this.#calls.delete(call);
      call.isGivenUp = true;
      if (call.letOut === undefined) this.#silent++;
      call.giveUp(error);
    }
    if (!this.isSilent) return;
    for (const call of this.#waiting.splice(0)) {
      this.#calls.delete(call);
      call.giveUp(error);
    }
  }

  #late({
    operation,
    path,
    cause,
  }: {
    operation: string;
    path: string;
    cause?: DeadlineExceeded;
  }): DiskError {
    return new DiskError('late', {
      ...{ operation, path },
      cause: cause ?? new DeadlineExceeded(this.#options.withinMs),
    });
  }
}
