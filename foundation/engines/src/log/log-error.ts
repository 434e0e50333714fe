// The one error of the log port.

export const logErrorCodes = {
  'invalid-url': { retryable: false, message: 'the URL does not name a place for a log' },
  'invalid-topic': { retryable: false, message: 'this cannot be the name of a topic' },
  'unknown-topic': { retryable: false, message: 'there is no such topic' },
  'unknown-partition': { retryable: false, message: 'the topic has no such partition' },
  'invalid-record': { retryable: false, message: 'the record is not valid' },
  'too-large': { retryable: false, message: 'the record is larger than the topic allows' },
  'invalid-group': { retryable: false, message: 'this cannot be the name of a group' },
  'incompatible-group': { retryable: false, message: 'members of the group assign partitions otherwise' },
  'handler-failed': { retryable: false, message: 'the handler failed as often as it may' },
  denied: { retryable: false, message: 'access was denied' },
  full: { retryable: true, message: 'the disk failed, or no space is left' },
  unavailable: { retryable: true, message: 'the log cannot be reached' },
  closed: { retryable: false, message: 'the log was closed' },
  failed: { retryable: false, message: 'the log refused' },
} as const satisfies Record<string, { retryable: boolean; message: string }>;

export type LogErrorCode = keyof typeof logErrorCodes;

export class LogError extends Error {
  readonly code: LogErrorCode;
  readonly retryable: boolean;

  constructor(
    code: LogErrorCode,
    options: { attempted: string; detail?: string | undefined; cause?: unknown },
  ) {
    const detail = options.detail === undefined ? '' : ` (${options.detail})`;
    super(`could not ${options.attempted}: ${logErrorCodes[code].message}${detail}`, {
      cause: options.cause,
    });
    this.name = 'LogError';
    this.code = code;
    this.retryable = logErrorCodes[code].retryable;
  }
}
