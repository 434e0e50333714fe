// Headers that ask for something that is not there. They are refused: a client that asks for it must not be told that it
// has it.

import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

export const unsupportedHeaders = [
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
  'x-amz-mfa',
  'x-amz-object-lock-event-hold',
  'x-amz-object-lock-event-hold-duration-days',
  'x-amz-object-lock-event-hold-duration-years',
  'x-amz-bucket-namespace',
  'x-amz-if-match-initiated-time',
] as const;

/** What they ask for by these values is there. */
const supportedValues: RequestHeaders = {
  'x-amz-object-lock-event-hold': 'OFF',
  'x-amz-bucket-namespace': 'global',
};

/** Throws NotImplemented. */
export function requireSupportedHeaders(headers: RequestHeaders): void {
  for (const name of unsupportedHeaders) {
    const value = headers[name];
    if (value !== undefined && value !== supportedValues[name])
      throw new ObjectStorageError('NotImplemented', { fields: { Header: name } });
  }
}
