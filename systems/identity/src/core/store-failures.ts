// The sql engine's errors as those of identity, in one place.

import { SqlError, type SqlErrorCode } from '@cairn/engines';
import { IdentityError, type IdentityErrorCode } from '../errors.ts';
import type { IdentitySql } from '../store/store.ts';

const codes = {
  'invalid-url': 'ServiceFailure',
  full: 'InsufficientStorage',
  corrupt: 'ServiceFailure',
  unavailable: 'ServiceUnavailable',
  conflict: 'ServiceUnavailable',
  'newer-version': 'ServiceFailure',
  closed: 'ServiceUnavailable',
  failed: 'ServiceFailure',
} as const satisfies Record<SqlErrorCode, IdentityErrorCode>;

/** The same engine, throwing IdentityError; a failed assertion stays one. */
export function withIdentityErrors(sql: IdentitySql): IdentitySql {
  return {
    write: (name, input) => sql.write(name, input).catch(rethrow),
    read: (name, input) => sql.read(name, input).catch(rethrow),
    lookup: (name, input) => sql.lookup(name, input).catch(rethrow),
    check: () => sql.check().catch(rethrow),
    close: () => sql.close(),
  };
}

function rethrow(error: unknown): never {
  if (error instanceof SqlError) throw new IdentityError(codes[error.code], error.message, { cause: error });
  throw error;
}
