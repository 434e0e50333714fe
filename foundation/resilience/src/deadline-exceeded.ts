// What a call gets whose deadline passed: the one error that this package makes itself.

export class DeadlineExceeded extends Error {
  readonly code = 'deadline-exceeded';
  /** Trying again needs a later deadline, which only whoever set it can give. */
  readonly retryable = false;
  readonly timeoutMs: number;

  constructor(timeoutMs: number, options: { readonly cause?: unknown } = {}) {
    super(`the deadline of ${timeoutMs} ms has passed`, options);
    this.name = 'DeadlineExceeded';
    this.timeoutMs = timeoutMs;
  }
}
