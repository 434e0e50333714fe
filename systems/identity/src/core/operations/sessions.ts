// Operations that give temporary credentials.
//
// AssumeRole asks two policies of the same account, as AWS does: the role's trust policy has to mean the caller; when it
// only means the account, the caller's own policies have to allow `sts:AssumeRole` on the role besides. Neither alone
// lets in, and a Deny of either keeps out.

import type { Principal } from '@cairn/service';
import { IdentityError } from '../../errors.ts';
import {
  chainedSessionSecondsMax,
  roleSessionSecondsDefault,
  rootSessionSecondsMax,
  sessionTokenSecondsDefault,
  sessionTokenSecondsMax,
} from '../../limits.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { type Rights, uniqueId } from '../access/permissions.ts';
import { sessionArn } from '../access/session.ts';
import { accountPrincipal } from '../access/sessions.ts';
import type { AssumeRoleRequest, Identity, Role } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { issueSession, originBy } from './issue-session.ts';
import { noSuchUser } from './names.ts';
import {
  findRoleByArn,
  requireDuration,
  requireSessionName,
  requireSessionPolicy,
} from './session-requests.ts';

type SessionOperations = Pick<Identity, 'getSessionToken' | 'assumeRole' | 'findSession' | 'uniqueIdOf'>;
type Authorize = Identity['authorize'];

export function sessionOperations(parts: CoreParts, decide: Authorize): SessionOperations {
  const { sessions } = parts;
  return {
    async getSessionToken({ principal, seconds }) {
      if (principal.session !== undefined)
        throw new IdentityError('AccessDenied', 'Cannot call GetSessionToken with session credentials');
      const root = principal.type === 'root';
      const secondsMax = root ? rootSessionSecondsMax : sessionTokenSecondsMax;
      const lifetime = seconds ?? Math.min(sessionTokenSecondsDefault, secondsMax);
      requireDuration(lifetime, secondsMax);
      const owner = root ? ({ type: 'root' } as const) : await userOwner(principal, parts);
      return issueSession(
        await originBy(principal, owner, parts),
        { seconds: lifetime, policies: [] },
        parts,
      );
    },

    assumeRole: (request) => assumeRole(request, { parts, decide }),

    findSession: (request) => sessions.find(request),

    async uniqueIdOf(principal) {
      if (principal.type === 'root') return parts.account;
      const rights = await idOf(principal, parts);
      return rights && uniqueId(principal, rights);
    },
  };
}

async function assumeRole(
  request: AssumeRoleRequest,
  { parts, decide }: { parts: CoreParts; decide: Authorize },
) {
  const { principal, sessionName, policy } = request;
  requireSessionName(sessionName);
  requireSessionPolicy(policy);
  const role = await roleFor(request, { parts, decide });
  const secondsMax =
    principal.session?.roleArn === undefined ? role.sessionSecondsMax : chainedSessionSecondsMax;
  const seconds = request.seconds ?? Math.min(roleSessionSecondsDefault, secondsMax);
  requireDuration(seconds, secondsMax);
  const { name, path, id } = role;
  const owner = { type: 'role', name, path, id, sessionName } as const;
  const policies = policy === undefined ? [] : [policy];
  const origin = await originBy(principal, owner, parts);
  const credentials = issueSession(origin, { seconds, policies }, parts);
  return {
    ...credentials,
    arn: sessionArn(parts.account, `${name}/${sessionName}`),
    id: `${id}:${sessionName}`,
  };
}

/** The role, if the caller may take it on; that there is none is told to nobody. */
async function roleFor(
  request: AssumeRoleRequest,
  { parts, decide }: { parts: CoreParts; decide: Authorize },
): Promise<Role> {
  const { principal, roleArn } = request;
  const refused = new IdentityError(
    'AccessDenied',
    `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn.slice(0, 1_024)}`,
  );
  if (principal.type === 'root')
    throw new IdentityError('AccessDenied', 'Roles may not be assumed by root accounts.');
  const role = await findRoleByArn(roleArn, parts);
  if (role === undefined) throw refused;
  if (!(await mayTakeOn(role, request, { parts, decide }))) throw refused;
  return role;
}

async function mayTakeOn(
  role: Role,
  { principal, sessionName, externalId, context }: AssumeRoleRequest,
  { parts, decide }: { parts: CoreParts; decide: Authorize },
): Promise<boolean> {
  const trust = parsePolicy(role.trustPolicy, { kind: 'trust', name: `trust of ${role.name}` });
  const asked = {
    action: 'sts:AssumeRole',
    resource: role.arn,
    context: { ...context, 'sts:ExternalId': externalId, 'sts:RoleSessionName': sessionName },
  };
  const trusted = { ...asked, resourcePolicies: [trust] };
  // Of the caller's and the role's policies together: a Deny of either, or being nobody any more, ends it here.
  if ((await decide(principal, trusted)).decision !== 'allow') return false;
  const { permissions } = parts.caches;
  const rights = await idOf(principal, parts);
  const trusts = (meant: Principal) =>
    permissions.decideAs(meant, { principal, request: trusted, rights }).decision === 'allow';
  if (trusts(principal)) return true;
  if (!trusts(accountPrincipal(parts.account))) return false;
  return (await decide(principal, asked)).decision === 'allow';
}

/** The unique id of a user or a role for conditions, without the policies. */
async function idOf(
  principal: Principal,
  { caches: { permissions } }: CoreParts,
): Promise<Rights | undefined> {
  const [name] = principal.name.split('/') as [string];
  const rights = await (principal.type === 'role' ? permissions.ofRole(name) : permissions.ofUser(name));
  return rights && { id: rights.id, policies: [] };
}

async function userOwner(principal: Principal, { sql }: CoreParts) {
  const row = await sql.lookup('findUser', { name: principal.name });
  if (row === undefined) throw noSuchUser(principal.name);
  return { type: 'user', name: row.name, path: row.path, id: row.id } as const;
}
