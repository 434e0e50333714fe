// The one error of the sql port. What a procedure expects to go wrong it returns as a value; this is for the rest.

export const sqlErrorCodes = {
  'invalid-url': { retryable: false, message: 'the URL does not name a database' },
  full: { retryable: true, message: 'no space is left for the database' },
  corrupt: { retryable: false, message: 'the database is damaged' },
  unavailable: { retryable: true, message: 'the database cannot be reached' },
  conflict: { retryable: true, message: 'the transaction lost every race against others' },
  'newer-version': { retryable: false, message: 'the database was written by a newer version' },
  closed: { retryable: false, message: 'the database was closed' },
  failed: { retryable: false, message: 'the transaction failed' },
} as const satisfies Record<string, { retryable: boolean; message: string }>;

export type SqlErrorCode = keyof typeof sqlErrorCodes;

export class SqlError extends Error {
  readonly code: SqlErrorCode;
  readonly retryable: boolean;
  readonly detail: string | undefined;
  /** Whether a write happened is unknown. Only after `unavailable`, and not always then. */
  readonly mayHaveHappened: boolean;

  constructor(
    code: SqlErrorCode,
    options: {
      attempted: string;
      detail?: string;
      cause?: unknown;
      /** Of `unavailable`; true when nothing is said. */
      mayHaveHappened?: boolean | undefined;
    },
  ) {
    const detail = options.detail === undefined ? '' : ` (${options.detail})`;
    super(`could not ${options.attempted}: ${sqlErrorCodes[code].message}${detail}`, {
      cause: options.cause,
    });
    this.name = 'SqlError';
    this.code = code;
    this.retryable = sqlErrorCodes[code].retryable;
    this.detail = options.detail;
    this.mayHaveHappened = code === 'unavailable' && (options.mayHaveHappened ?? true);
  }
}
