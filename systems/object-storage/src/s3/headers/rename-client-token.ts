// `x-amz-client-token`: who renames again with the same token and the same parameters is answered as the first time.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
//
//   client-token = 1*64 visible characters of ASCII

import type { Principal } from '@cairn/service';
import type { RenameObjectRequest } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { clientTokenCharactersMax } from '../../limits.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

const header = 'x-amz-client-token';
const conditionHeaders = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'].flatMap(
  (condition) => [condition, `x-amz-rename-source-${condition}`],
);

/** Throws InvalidArgument. */
export function renameClientToken(
  headers: RequestHeaders,
  { arn }: Principal,
): RenameObjectRequest['clientToken'] {
  const token = headers[header];
  if (token === undefined) return undefined;
  if (/^[!-~]+$/.test(token) && token.length <= clientTokenCharactersMax) {
    return { caller: arn, token, conditions: conditionHeaders.map((name) => headers[name]) };
  }
  throw new ObjectStorageError('InvalidArgument', {
    message: `A client token must be 1 to ${clientTokenCharactersMax} visible ASCII characters.`,
    fields: { ArgumentName: header, ArgumentValue: token },
  });
}
