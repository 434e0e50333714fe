// What the other server's failures come to.

/** What came is not what was announced: it is asked for again, and left out when it stays so. */
export class SourceMismatch extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'SourceMismatch';
  }
}

type AwsError = {
  readonly name?: unknown;
  readonly Code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
};

/** `NoSuchKey`, or a status when it has no better name. */
export function codeOf(error: unknown): string {
  const { name, Code, $metadata } = (error ?? {}) as AwsError;
  const status = $metadata?.httpStatusCode;
  if (name === 'Unknown' || name === 'UnknownError') return String(status ?? name);
  return String(Code ?? name ?? error);
}

export function statusOf(error: unknown): number | undefined {
  return ((error ?? {}) as AwsError).$metadata?.httpStatusCode;
}

export function reasonOf(error: unknown): string {
  const { message } = (error ?? {}) as AwsError;
  const code = codeOf(error);
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  return code === 'Error' || code === 'SourceMismatch' || text.startsWith(code) ? text : `${code}: ${text}`;
}

/** Not there, or no longer. */
export function isGone(error: unknown): boolean {
  return statusOf(error) === 404 || ['NoSuchKey', 'NoSuchVersion', 'NotFound'].includes(codeOf(error));
}

/** The server does not have this call, or does not let us: what it would tell is done without. */
export function isRefused(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 400 || status === 403 || status === 405 || status === 501) return !isWorthRepeating(error);
  return codeOf(error) === 'NotImplemented';
}

/** Errors of the network have no status. */
export function isWorthRepeating(error: unknown): boolean {
  if (error instanceof SourceMismatch) return true;
  const status = statusOf(error);
  if (status === undefined || status >= 500) return status !== 501;
  return (
    status === 429 ||
    status === 408 ||
    ['SlowDown', 'RequestTimeout', 'ThrottlingException'].includes(codeOf(error))
  );
}
