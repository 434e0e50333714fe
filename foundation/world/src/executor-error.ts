// What can go wrong with a worker as such; errors of single inputs are whatever the worker gave for them.

export const executorErrorCodes = {
  closed: 'the executor is closed',
  died: 'its worker died',
} as const satisfies Record<string, string>;

export type ExecutorErrorCode = keyof typeof executorErrorCodes;

export class ExecutorError extends Error {
  readonly code: ExecutorErrorCode;
  readonly module: string;

  constructor(code: ExecutorErrorCode, options: { module: URL; cause?: unknown }) {
    const detail = options.cause instanceof Error ? ` (${options.cause.message})` : '';
    super(`could not run on ${options.module.href}: ${executorErrorCodes[code]}${detail}`, {
      cause: options.cause,
    });
    this.name = 'ExecutorError';
    this.code = code;
    this.module = options.module.href;
  }
}
