// What an SFTP server or its connection says, and the same as an error of the port.

import { BlobsError, type BlobsErrorCode } from '../blobs-error.ts';
import { statusCodes } from './sftp-protocol.ts';

/** A request that the server refused. `code` is one of `statusCodes`, or one that we do not know. */
export class SftpFailure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message === '' ? `status ${code}` : message);
    this.name = 'SftpFailure';
    this.code = code;
  }
}

/** The server could not read an open file: its disk is hurt there, as of all that can go wrong the protocol tells nothing more. */
export class SftpReadFailure extends SftpFailure {}

/** The connection could not be made, or is gone: what was under way may have been done or not. */
export class SftpConnectionLost extends Error {
  readonly reason: 'denied' | 'unavailable' | 'failed';

  constructor(
    reason: 'denied' | 'unavailable' | 'failed',
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
    this.name = 'SftpConnectionLost';
    this.reason = reason;
  }
}

const codes: Readonly<Record<number, BlobsErrorCode>> = {
  [statusCodes.permissionDenied]: 'denied',
  [statusCodes.noConnection]: 'unavailable',
  [statusCodes.connectionLost]: 'unavailable',
};

/** Runs requests; what they are refused with becomes a `BlobsError`. */
export async function onSftp<T>(attempted: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toBlobsError(error, attempted);
  }
}

export function toBlobsError(error: unknown, attempted: string): unknown {
  const code = blobsCodeOf(error);
  if (code === undefined) return error; // not the server's
  // A server that cannot read a file says so; all that use the one connection lose it together.
  const ofConnection = error instanceof SftpConnectionLost;
  return new BlobsError(code, { attempted, detail: (error as Error).message, cause: error, ofConnection });
}

function blobsCodeOf(error: unknown): BlobsErrorCode | undefined {
  if (error instanceof SftpConnectionLost) return error.reason;
  if (error instanceof SftpReadFailure) return 'unreadable';
  if (error instanceof SftpFailure) return codes[error.code] ?? 'failed';
  return undefined;
}

/** Undefined when the request failed because there is no such file. */
export async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof SftpFailure && error.code === statusCodes.noSuchFile) return undefined;
    throw error;
  }
}
