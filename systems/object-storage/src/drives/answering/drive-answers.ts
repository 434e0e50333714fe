// Whether one drive answers: every call of its files and of its index runs through here, and ends within a time.
//
//   answering ---- a call is older than it may be: it rejects with `late` ----> silent: every call rejects at once
//       ^                                                                          |
//       +------------- all calls that were given up have come back ----------------+
//
// Only time in which the process ran counts: of a machine that was paused, or a process that was stopped, the drives may have
// answered long ago, and nobody looked yet. So the time is counted in ticks, and one that comes much too late counts as two.
// After it the event loop gets a tick to see what has come back, once in a row: a loop that is always late judges all the same.
//
// A call that was given up goes on in the kernel, and may still touch the memory that it was given. So that
// memory is used for nothing else, and the drive is not opened again before the call is back. Until then it keeps a thread, of which the process has few for files (libuv: four):
// at most `callsMax` are let out at a time, so that a silent drive never has all.
//
// A long call, such as a check of the whole index, takes as long as there is much, which says nothing of the drive: it has no
// time of its own, and is given up when the drive is silent for another.

import { DeadlineExceeded } from '@cairn/resilience';
import { type Clock, DiskError, type Timer } from '@cairn/world';
import { leaveToKernel } from '../../data/reading/kernel-memory.ts';

export type DriveAnswersOptions = {
  readonly clock: Clock;
  /** How long a call may take, with its wait for others. */
  readonly withinMs: number;
  /** Of the disk, at a time. */
  readonly callsMax: number;
};

type Place = { readonly operation: string; readonly path: string };

/** What is asked of a drive. */
export type Asked<T> = Place & {
  /** Those that are wait for each other. */
  readonly limited: boolean;
  readonly long?: boolean;
  /** What the kernel reads or writes meanwhile: it is left to it when the call is given up. */
  readonly memory?: readonly Uint8Array[];
  /** What becomes of a result that comes when nobody waits for it any more. */
  readonly letGo?: (result: T) => Promise<unknown>;
};

type Call = {
  /** When it is late, by `#ranMs`; never when it is long. */
  readonly dueMs: number;
  readonly giveUp: (error: DeadlineExceeded) => void;
  /** Undefined once it is let out. */
  letOut: (() => void) | undefined;
  isGivenUp: boolean;
};

/** Of the time that a call may take. */
const ticksWithin = 10;

export class DriveAnswers {
  readonly #options: DriveAnswersOptions;
  /** In the order in which they were asked for, which is that of their deadlines. */
  readonly #calls = new Set<Call>();
  readonly #waiting: Call[] = [];
  readonly #longCalls = new Set<Call>();
  /** Those that were given up and have not come back. */
  readonly #silent = new Set<Call>();
  #running = 0;
  #timer: Timer | undefined;
  /** How long the process ran while there were calls, up to the last tick. */
  #ranMs = 0;
  #tickedMs = 0;
  #hasWaited = false;

  constructor(options: DriveAnswersOptions) {
    this.#options = options;
  }

  get isSilent(): boolean {
    return this.#silent.size > 0;
  }

  /** Throws DiskError `late` while the drive is silent: for what is called on the calling thread. */
  demand(operation: string, path: string): void {
    if (this.isSilent) throw this.#late({ operation, path });
  }

  /** What the call gives. Throws what it throws, and DiskError `late`. */
  async run<T>(
    call: () => Promise<T>,
    { limited, long = false, memory = [], letGo, ...place }: Asked<T>,
  ): Promise<T> {
    this.demand(place.operation, place.path);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#timer === undefined) this.#tickIn(this.#tickMs);
    const asked: Call = {
      dueMs: long
        ? Number.POSITIVE_INFINITY
        : this.#ranMs + this.#sinceTick.countedMs + this.#options.withinMs,
      giveUp: (cause) => {
        asked.isGivenUp = true;
        leaveToKernel(memory);
        reject(this.#late({ ...place, cause }));
      },
      letOut: undefined,
      isGivenUp: false,
    };
    (long ? this.#longCalls : this.#calls).add(asked);
    const letOut = () => {
      asked.letOut = undefined;
      if (limited) this.#running++;
      const cameBack = () => this.#cameBack(asked, limited);
      // One that throws at once, as a file that is closed does, came back like any other.
      Promise.try(call).then(
        (result) => {
          resolve(result);
          if (letGo === undefined || !asked.isGivenUp) return cameBack();
          return letGo(result).then(cameBack, cameBack);
        },
        (error) => {
          reject(error);
          cameBack();
        },
      );
    };
    if (limited && this.#running >= this.#options.callsMax) {
      asked.letOut = letOut;
      this.#waiting.push(asked);
    } else letOut();
    return promise;
  }

  #cameBack(call: Call, limited: boolean): void {
    this.#calls.delete(call);
    this.#longCalls.delete(call);
    this.#silent.delete(call);
    if (!limited) return;
    this.#running--;
    this.#waiting.shift()?.letOut?.();
  }

  get #tickMs(): number {
    return this.#options.withinMs / ticksWithin;
  }

  get #sinceTick(): { readonly countedMs: number; readonly stoodStill: boolean } {
    const elapsedMs = this.#options.clock.monotonicMs() - this.#tickedMs;
    const countedMs = Math.min(elapsedMs, 2 * this.#tickMs);
    return { countedMs, stoodStill: countedMs < elapsedMs };
  }

  /** One timer for all, which runs while there are calls. */
  #tickIn(delayMs: number): void {
    this.#tickedMs = this.#options.clock.monotonicMs();
    this.#timer = this.#options.clock.setTimer(delayMs, () => this.#tick());
  }

  /** The oldest call is the first that may be late. */
  #tick(): void {
    const { countedMs, stoodStill } = this.#sinceTick;
    this.#timer = undefined;
    this.#ranMs += countedMs;
    this.#hasWaited = stoodStill && !this.#hasWaited;
    if (!this.#hasWaited) this.#giveUpLate();
    const [oldest] = this.#calls;
    if (this.#hasWaited) this.#tickIn(this.#tickMs);
    else if (oldest !== undefined) this.#tickIn(Math.min(this.#tickMs, oldest.dueMs - this.#ranMs));
  }

  /** A drive that is late once answers none of those either that wait for it, or that take long. */
  #giveUpLate(): void {
    const error = new DeadlineExceeded(this.#options.withinMs);
    const late = [...this.#calls].filter(({ dueMs }) => dueMs <= this.#ranMs);
    for (const call of late) {
      this.#calls.delete(call);
      if (call.letOut === undefined) this.#silent.add(call);
      call.giveUp(error);
    }
    if (!this.isSilent) return;
    for (const call of this.#waiting.splice(0)) {
      this.#calls.delete(call);
      call.giveUp(error);
    }
    for (const call of this.#longCalls) call.giveUp(error);
    this.#longCalls.clear();
  }

  #late({ operation, path, cause }: Place & { readonly cause?: DeadlineExceeded }): DiskError {
    return new DiskError('late', {
      ...{ operation, path },
      cause: cause ?? new DeadlineExceeded(this.#options.withinMs),
    });
  }
}
