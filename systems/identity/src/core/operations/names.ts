// The names of users and policies, as AWS's IAM takes them, and the ARNs made of them.

import { IdentityError } from '../../errors.ts';
import { policyNameCharactersMax, userNameCharactersMax } from '../../limits.ts';

/** They mean someone already: see `Principal` of the service shell. */
const reservedUserNames = ['root', 'anonymous'];

export function requireUserName(name: string): void {
  requireName(name, { kind: 'user', charactersMax: userNameCharactersMax });
  if (reservedUserNames.includes(name.toLowerCase()))
    throw new IdentityError(
      'ValidationError',
      `A user cannot be named "${name}": that name has a meaning already.`,
    );
}

export function requirePolicyName(name: string): void {
  requireName(name, { kind: 'policy', charactersMax: policyNameCharactersMax });
}

function requireName(name: string, { kind, charactersMax }: { kind: string; charactersMax: number }): void {
  // `.` and `..` are not names of anything in a URL: clients take them out of the path.
  const isPathSegment = name !== '.' && name !== '..';
  if (isPathSegment && /^[\w+=,.@-]+$/.test(name) && name.length <= charactersMax) return;
  const shown = JSON.stringify(name.slice(0, charactersMax + 1));
  throw new IdentityError(
    'ValidationError',
    `The ${kind} name ${shown} must have 1 to ${charactersMax} letters, digits and characters of _+=,.@-`,
  );
}

export function userArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:user/${name}`;
}

export function rootArn(account: string): string {
  return `arn:aws:iam::${account}:root`;
}

/** Canned policies are AWS's, as there. */
export function policyArn(account: string, { name, canned }: { name: string; canned: boolean }): string {
  return `arn:aws:iam::${canned ? 'aws' : account}:policy/${name}`;
}

export function noSuchUser(name: string): IdentityError {
  return new IdentityError('NoSuchEntity', `The user with name ${name} cannot be found.`);
}

export function noSuchPolicy(name: string): IdentityError {
  return new IdentityError('NoSuchEntity', `The policy with name ${name} cannot be found.`);
}
