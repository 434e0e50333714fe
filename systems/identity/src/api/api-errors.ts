// The errors of identity as those of the management API: every code once.

import { ApiError, type ApiErrorCode } from '@cairn/service';
import { IdentityError, type IdentityErrorCode } from '../errors.ts';

export const apiErrorCodes = {
  ValidationError: 'invalid-request',
  MalformedPolicyDocument: 'invalid-request',
  UnmodifiableEntity: 'invalid-request',
  InvalidIdentityToken: 'invalid-request',
  ExpiredTokenException: 'invalid-request',
  PackedPolicyTooLarge: 'invalid-request',
  IDPCommunicationError: 'unavailable',
  AccessDenied: 'forbidden',
  NoSuchEntity: 'not-found',
  EntityAlreadyExists: 'already-exists',
  DeleteConflict: 'conflict',
  LimitExceeded: 'conflict',
  UnreadableSecret: 'internal',
  UnusableKeyFile: 'internal',
  UnusableRootCredentials: 'internal',
  ServiceFailure: 'internal',
  ServiceUnavailable: 'unavailable',
  InsufficientStorage: 'no-space',
} as const satisfies Record<IdentityErrorCode, ApiErrorCode>;

/** What a route throws for an error. An internal one stays as it is: the frame logs it and tells the client nothing. */
export function toApiError(error: unknown): unknown {
  if (!(error instanceof IdentityError)) return error;
  const code = apiErrorCodes[error.code];
  return code === 'internal' ? error : new ApiError(code, error.message, { cause: error });
}
