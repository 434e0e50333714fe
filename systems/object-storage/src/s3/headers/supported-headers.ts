// Headers that ask for something that is not there. They are refused: a client that asks for it must not be told that it
// has it.

import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

const unsupported = ['x-amz-website-redirect-location', 'x-amz-write-offset-bytes', 'x-amz-mfa'] as const;

/** Throws NotImplemented. */
export function requireSupportedHeaders(headers: RequestHeaders): void {
  for (const name of unsupported) {
    if (headers[name] !== undefined)
      throw new ObjectStorageError('NotImplemented', { fields: { Header: name } });
  }
}
