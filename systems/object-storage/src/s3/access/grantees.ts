// Whom a grant names: an owner by canonical id, a group by URI. Whoever is not there gets none.

import { userOfCanonicalId } from '@cairn/identity';
import { ObjectStorageError } from '../../errors.ts';
import type { S3Identity } from '../identity-port.ts';
import { isKnownGroup } from './acl.ts';
import { isAccountId } from './owners.ts';

export type GranteeName = { readonly kind: 'id' | 'group' | 'email'; readonly text: string };

/** What grants are checked against. */
export type UserDirectory = { readonly account: string; readonly identity: Pick<S3Identity, 'getUser'> };

/** As grants keep it. Throws InvalidArgument, UnresolvableGrantByEmailAddress. */
export async function granteeOf({ kind, text }: GranteeName, users: UserDirectory): Promise<string> {
  // Users have no addresses here.
  if (kind === 'email') throw new ObjectStorageError('UnresolvableGrantByEmailAddress');
  if (kind === 'group') {
    if (isKnownGroup(text)) return text;
    throw invalid('Invalid group uri', text);
  }
  if (await isOwnerId(text, users)) return text;
  throw invalid('Invalid id', text);
}

async function isOwnerId(id: string, { account, identity }: UserDirectory): Promise<boolean> {
  if (isAccountId(id)) return id === account;
  const name = userOfCanonicalId(id);
  if (name === undefined) return false;
  try {
    await identity.getUser({ name });
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** Also what cannot be a name: it comes from whoever writes a grant. */
function isAbsence(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'NoSuchEntity' || code === 'ValidationError';
}

function invalid(message: string, value: string): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message,
    fields: { ArgumentName: 'grantee', ArgumentValue: value },
  });
}
