// The names of users, roles, groups and policies, as AWS's IAM takes them, and the ARNs made of them.

import { IdentityError } from '../../errors.ts';
import {
  groupNameCharactersMax,
  pathCharactersMax,
  policyNameCharactersMax,
  roleNameCharactersMax,
  userNameCharactersMax,
} from '../../limits.ts';

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

export function requireRoleName(name: string): void {
  requireName(name, { kind: 'role', charactersMax: roleNameCharactersMax });
}

export function requireGroupName(name: string): void {
  requireName(name, { kind: 'group', charactersMax: groupNameCharactersMax });
}

/** `/`, or text between slashes. */
export function requirePath(path: string): void {
  if (/^\/(?:[!-~]+\/)?$/.test(path) && path.length <= pathCharactersMax) return;
  const shown = JSON.stringify(path.slice(0, pathCharactersMax + 1));
  throw new IdentityError(
    'ValidationError',
    `The specified value for path ${shown} is invalid. It must begin and end with / and contain only printable ASCII characters.`,
  );
}

/** What the paths lie between that begin with a prefix; undefined bounds nothing. */
export function pathRange(prefix = '/'): { from: string; to: string } {
  if (!/^\/[!-~]*$/.test(prefix) || prefix.length > pathCharactersMax)
    throw new IdentityError(
      'ValidationError',
      `The path prefix ${JSON.stringify(prefix.slice(0, pathCharactersMax + 1))} must begin with /.`,
    );
  // No character of a path is greater than a tilde.
  return { from: prefix, to: `${prefix}\x7f` };
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

type Named = { readonly name: string; readonly path: string };

export function userArn(account: string, { name, path }: Named): string {
  return `arn:aws:iam::${account}:user${path}${name}`;
}

export function roleArn(account: string, { name, path }: Named): string {
  return `arn:aws:iam::${account}:role${path}${name}`;
}

export function groupArn(account: string, { name, path }: Named): string {
  return `arn:aws:iam::${account}:group${path}${name}`;
}

export function openIdProviderArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${name}`;
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

export function noSuchRole(name: string): IdentityError {
  return new IdentityError('NoSuchEntity', `The role with name ${name} cannot be found.`);
}

export function noSuchGroup(name: string): IdentityError {
  return new IdentityError('NoSuchEntity', `The group with name ${name} cannot be found.`);
}

export function noSuchPolicy(name: string): IdentityError {
  return new IdentityError('NoSuchEntity', `The policy with name ${name} cannot be found.`);
}
