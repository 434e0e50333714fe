// Continuation tokens: where a listing goes on. They hold all there is to know, so they outlive restarts and servers.
//
//   token = base64url(version 0x01, UTF-8 of the name after which to go on)

import { ObjectStorageError } from '../../errors.ts';

const version = 1;

export function encodeContinuationToken(after: string): string {
  return Buffer.concat([Buffer.from([version]), Buffer.from(after)]).toString('base64url');
}

/** Throws InvalidArgument. */
export function decodeContinuationToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  const after = bytes.subarray(1).toString('utf8');
  if (bytes[0] === version && encodeContinuationToken(after) === token) return after;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'The continuation token provided is incorrect',
    fields: { ArgumentName: 'continuation-token', ArgumentValue: token },
  });
}
