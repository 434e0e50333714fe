// The key that a request says it was signed with: one that is stored, or one of a session, whose token comes along.

import { ObjectStorageError } from '../../errors.ts';
import type { S3AccessKey, S3Identity, S3SessionKey } from '../identity-port.ts';

type Found = S3AccessKey | undefined;

/** At once when it is known. Throws, or rejects with, ExpiredToken and InvalidToken. */
export function keyOf(
  identity: Pick<S3Identity, 'findAccessKey' | 'findSession'>,
  { accessKeyId, token }: { accessKeyId: string; token: string | undefined },
): Found | Promise<Found> {
  if (token === undefined) return identity.findAccessKey(accessKeyId);
  const found = identity.findSession({ accessKeyId, token });
  return found instanceof Promise ? found.then(usable) : usable(found);
}

function usable(found: S3SessionKey): S3AccessKey {
  if (typeof found === 'string') throw new ObjectStorageError(found);
  return found;
}
