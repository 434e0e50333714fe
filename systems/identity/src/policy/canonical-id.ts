// The canonical id of a principal: how S3 names the owners of buckets and objects, and who is meant by a grant.
//
//   root        the account             users are meant by name, as everywhere in policies
//   a role      the account             what a role makes is the account's, as in AWS; its policies say what it may do with it
//   a user      NAME                    one who is named like an account (twelve digits): `user/NAME`; no name has a slash
//   anonymous   `anonymous`             no user can be named so
//
// AWS has one canonical id for each account, random. Here every user is an owner of his own.

import type { Principal } from '@cairn/service';

export function canonicalIdOf(principal: Principal): string {
  if (principal.type === 'root' || principal.type === 'role') return principal.arn.split(':')[4]!;
  return isAccount(principal.name) ? `user/${principal.name}` : principal.name;
}

/** The user that a canonical id means, there or not; undefined for every other. */
export function userOfCanonicalId(id: string): string | undefined {
  const name = id.startsWith('user/') ? id.slice('user/'.length) : id;
  return isAccount(name) === id.startsWith('user/') ? name : undefined;
}

function isAccount(name: string): boolean {
  return /^\d{12}$/.test(name);
}
