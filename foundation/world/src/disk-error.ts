// The one error of the disk: what was attempted, on which path, and which of the few kinds a caller can act on.

export const diskErrorCodes = {
  'not-found': 'no such file or folder',
  exists: 'the file exists already',
  full: 'no space is left on the device',
  io: 'the device reported an input/output error',
  late: 'the device did not answer in time',
  denied: 'permission was refused',
  other: 'the operating system refused the call',
} as const satisfies Record<string, string>;

export type DiskErrorCode = keyof typeof diskErrorCodes;

export class DiskError extends Error {
  readonly code: DiskErrorCode;
  readonly path: string;

  constructor(code: DiskErrorCode, options: { operation: string; path: string; cause?: unknown }) {
    const detail = options.cause instanceof Error ? ` (${options.cause.message})` : '';
    super(`could not ${options.operation} ${options.path}: ${diskErrorCodes[code]}${detail}`, {
      cause: options.cause,
    });
    this.name = 'DiskError';
    this.code = code;
    this.path = options.path;
  }
}
