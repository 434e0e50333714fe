// The one error of the blobs port. That a blob does not exist is no error but an answer.

export const blobsErrorCodes = {
  'invalid-url': { retryable: false, message: 'the URL does not name a place for blobs' },
  'invalid-name': { retryable: false, message: 'this cannot be the name of a blob' },
  'invalid-range': { retryable: false, message: 'the range does not lie within the blob' },
  'no-bucket': { retryable: false, message: 'the bucket or folder does not exist' },
  denied: { retryable: false, message: 'access was denied' },
  full: { retryable: true, message: 'no space is left' },
  conflict: { retryable: true, message: 'another writer was at the same name' },
  unreadable: { retryable: true, message: 'the blob is there, but its bytes cannot be read' },
  unavailable: { retryable: true, message: 'the store cannot be reached' },
  closed: { retryable: false, message: 'the blobs were closed' },
  failed: { retryable: false, message: 'the store refused' },
} as const satisfies Record<string, { retryable: boolean; message: string }>;

export type BlobsErrorCode = keyof typeof blobsErrorCodes;

export class BlobsError extends Error {
  readonly code: BlobsErrorCode;
  readonly retryable: boolean;
  /** What is wrong, without what was attempted. */
  readonly detail: string | undefined;
  /** It was the connection that all calls share: it says nothing of the blob whose body it broke. */
  readonly ofConnection: boolean;

  constructor(
    code: BlobsErrorCode,
    options: { attempted: string; detail?: string; cause?: unknown; ofConnection?: boolean },
  ) {
    const detail = options.detail === undefined ? '' : ` (${options.detail})`;
    super(`could not ${options.attempted}: ${blobsErrorCodes[code].message}${detail}`, {
      cause: options.cause,
    });
    this.name = 'BlobsError';
    this.code = code;
    this.retryable = blobsErrorCodes[code].retryable;
    this.detail = options.detail;
    this.ofConnection = options.ofConnection ?? false;
  }
}
