// The errors of the Query protocol: those of identity, and those of the protocol itself, one table.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html

import { IdentityError, type IdentityErrorCode } from '../errors.ts';

const queryErrors = {
  AccessDenied: 403,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  ExpiredToken: 403,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IncompleteSignature: 400,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  InvalidInput: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  MalformedQueryString: 400,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  RequestEntityTooLarge: 413,
  RequestExpired: 400,
  ServiceFailure: 500,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  UnmodifiableEntity: 400,
  ValidationError: 400,
} as const satisfies Record<string, number>;

export type QueryErrorCode = keyof typeof queryErrors;

export class QueryError extends Error {
  readonly code: QueryErrorCode;
  readonly status: number;

  constructor(code: QueryErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'QueryError';
    this.code = code;
    this.status = queryErrors[code];
  }
}

/** Every code of identity once. What is ours to explain to the operator tells the client nothing. */
const ofIdentity = {
  InvalidIdentityToken: 'InvalidIdentityToken',
  ExpiredTokenException: 'ExpiredTokenException',
  PackedPolicyTooLarge: 'PackedPolicyTooLarge',
  IDPCommunicationError: 'IDPCommunicationError',
  AccessDenied: 'AccessDenied',
  ValidationError: 'ValidationError',
  MalformedPolicyDocument: 'MalformedPolicyDocument',
  UnmodifiableEntity: 'UnmodifiableEntity',
  NoSuchEntity: 'NoSuchEntity',
  EntityAlreadyExists: 'EntityAlreadyExists',
  DeleteConflict: 'DeleteConflict',
  LimitExceeded: 'LimitExceeded',
  UnreadableSecret: 'ServiceFailure',
  UnusableKeyFile: 'ServiceFailure',
  UnusableRootCredentials: 'ServiceFailure',
  ServiceFailure: 'ServiceFailure',
  ServiceUnavailable: 'ServiceUnavailable',
  InsufficientStorage: 'ServiceUnavailable',
} as const satisfies Record<IdentityErrorCode, QueryErrorCode>;

export function queryErrorOf(error: unknown): QueryError {
  if (error instanceof QueryError) return error;
  const code = error instanceof IdentityError ? ofIdentity[error.code] : 'ServiceFailure';
  if (code !== 'ServiceFailure')
    return new QueryError(code, (error as IdentityError).message, { cause: error });
  return new QueryError(code, 'The request processing has failed because of an internal error.', {
    cause: error,
  });
}
