// Time as a core sees it. The wall clock may jump either way (an operator, NTP); only `monotonicMs` measures spans.

export type Clock = {
  /** Wall clock in milliseconds since the epoch. May jump backwards: never subtract two of them to time something. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start, fractional, never decreasing. */
  monotonicMs(): number;
  /** Calls back once, after at least `delayMs`. A timer does not keep a process alive that has nothing else to do. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Calls back once, in the next turn of the event loop: behind all that is ready now. Keeps a process alive until then. */
  nextTurn(callback: () => void): void;
  /** Resolves after at least `delayMs`; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
};

export type Timer = {
  /** Idempotent; after it returns the callback is not called any more. */
  cancel(): void;
};
