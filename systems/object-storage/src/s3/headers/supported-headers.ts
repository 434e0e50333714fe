// Headers that ask for something that is not there. They are refused: a client that asks for encryption or a lock
// must not be told that it has it.

import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

type Rule = {
  readonly matches: (name: string) => boolean;
  readonly allowed: readonly string[];
  readonly code: ObjectStorageErrorCode;
};

const exactly = (name: string) => (header: string) => header === name;
const startingWith = (prefix: string) => (header: string) => header.startsWith(prefix);

const rules: readonly Rule[] = [
  { matches: startingWith('x-amz-object-lock-'), allowed: [], code: 'NotImplemented' },
  { matches: exactly('x-amz-bucket-object-lock-enabled'), allowed: ['false'], code: 'NotImplemented' },
  { matches: exactly('x-amz-website-redirect-location'), allowed: [], code: 'NotImplemented' },
  { matches: exactly('x-amz-write-offset-bytes'), allowed: [], code: 'NotImplemented' },
  { matches: exactly('x-amz-mfa'), allowed: [], code: 'NotImplemented' },
];

/** Throws NotImplemented. */
export function requireSupportedHeaders(headers: RequestHeaders): void {
  for (const name in headers) {
    if (!name.startsWith('x-amz-') || name.startsWith('x-amz-meta-')) continue;
    const rule = rules.find(({ matches }) => matches(name));
    if (rule === undefined || rule.allowed.includes(headers[name] ?? '')) continue;
    throw new ObjectStorageError(rule.code, { fields: { Header: name } });
  }
}
