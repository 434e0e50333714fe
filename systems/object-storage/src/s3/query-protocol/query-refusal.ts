// What is wrong with a call before identity is asked: an error of the Query protocol, in its own words.

import type { QueryErrorCode } from '@cairn/identity';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';

export class QueryRefusal extends Error {
  readonly code: QueryErrorCode;

  constructor(code: QueryErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'QueryRefusal';
    this.code = code;
  }
}

/** What reading a request and finding a key throw, as what the Query protocol says of it. */
const codes: Readonly<Partial<Record<ObjectStorageErrorCode, QueryErrorCode>>> = {
  AccessDenied: 'AccessDenied',
  BadRequest: 'MalformedQueryString',
  ExpiredToken: 'ExpiredToken',
  IncompleteBody: 'MalformedQueryString',
  InvalidArgument: 'MalformedQueryString',
  InvalidToken: 'InvalidClientTokenId',
  InvalidURI: 'MalformedQueryString',
  MaxMessageLengthExceeded: 'RequestEntityTooLarge',
  RequestTimeout: 'RequestExpired',
};

export function refusalOf(error: unknown): QueryRefusal {
  if (error instanceof QueryRefusal) return error;
  const code = error instanceof ObjectStorageError ? codes[error.code] : undefined;
  if (code !== undefined) return new QueryRefusal(code, (error as Error).message, { cause: error });
  return new QueryRefusal(
    'ServiceFailure',
    'The request processing has failed because of an internal error.',
    { cause: error },
  );
}
