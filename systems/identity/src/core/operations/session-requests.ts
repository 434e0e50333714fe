// What every request for temporary credentials of a role has: checked the same way whoever asks.

import { IdentityError } from '../../errors.ts';
import { sessionPolicyCharactersMax, sessionSecondsMin } from '../../limits.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { Role } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { roleOf } from './roles.ts';

/** Undefined when there is none of exactly this ARN. One without an account, as radosgw writes it, is of this account. */
export async function findRoleByArn(
  roleArn: string,
  { sql, account }: Pick<CoreParts, 'sql' | 'account'>,
): Promise<Role | undefined> {
  const [, rest, name] =
    /^arn:aws:iam::(?:\d{12})?(:role\/(?:[!-~]+\/)?([\w+=,.@-]{1,64}))$/.exec(roleArn) ?? [];
  const row = name === undefined ? undefined : await sql.lookup('findRole', { name });
  const role = row && roleOf(row, account);
  const asked = roleArn.startsWith('arn:aws:iam:::') ? `arn:aws:iam::${account}${rest}` : roleArn;
  return role?.arn === asked ? role : undefined;
}

export function requireSessionName(sessionName: string): void {
  if (/^[\w+=,.@-]{2,64}$/.test(sessionName)) return;
  throw new IdentityError(
    'ValidationError',
    `The role session name ${JSON.stringify(sessionName.slice(0, 65))} must have 2 to 64 letters, digits and characters of _+=,.@-`,
  );
}

export function requireSessionPolicy(policy: string | undefined): void {
  if (policy === undefined) return;
  if (policy.length > sessionPolicyCharactersMax)
    throw new IdentityError(
      'ValidationError',
      `A session policy has at most ${sessionPolicyCharactersMax} characters, not ${policy.length}.`,
    );
  parsePolicy(policy, { kind: 'identity' });
}

export function requireDuration(seconds: number, secondsMax: number): void {
  if (Number.isInteger(seconds) && seconds >= sessionSecondsMin && seconds <= secondsMax) return;
  throw new IdentityError(
    'ValidationError',
    `The requested DurationSeconds must be ${sessionSecondsMin} to ${secondsMax}, not ${seconds}.`,
  );
}
