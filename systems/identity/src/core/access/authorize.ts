// The decision about one request: who asks still has the key they proved themselves with, and their policies allow it.
//
// Asking for the key every time is what makes a revoked key worth nothing on a connection that was opened with it. It
// costs a look into a map.
//
// A session has the rights of its user or role. One that was limited by a policy may do what both allow, besides what a
// policy of the resource allows it by its own ARN.

import assert from 'node:assert/strict';
import type { Principal } from '@cairn/service';
import type { Decision } from '../../policy/evaluate.ts';
import type { ActiveAccessKey, AuthorizationRequest } from '../identity.ts';
import type { Credentials } from './credentials.ts';
import type { KeyUses } from './key-uses.ts';
import type { Permissions, Rights } from './permissions.ts';
import type { LiveSession, Sessions } from './sessions.ts';

type Parts = {
  readonly credentials: Credentials;
  readonly permissions: Permissions;
  readonly sessions: Sessions;
  readonly keyUses: KeyUses;
};

/** Nothing lets in whoever is nobody any more: not the policy of a resource either, nor owning it. */
const denied: Decision = { decision: 'explicit-deny' };

/** At once when key and rights are remembered. */
export function authorize(
  principal: Principal,
  request: AuthorizationRequest,
  parts: Parts,
): Decision | Promise<Decision> {
  if (principal.type === 'anonymous') return parts.permissions.decide(principal, request);
  if (principal.session !== undefined) return authorizeSession(principal, request, parts);
  assert(principal.accessKeyId !== undefined, `${principal.name} proved who they are with a key`);
  const key = parts.credentials.find(principal.accessKeyId);
  const rights = principal.type === 'root' ? undefined : parts.permissions.ofUser(principal.name);
  if (!(key instanceof Promise) && !(rights instanceof Promise))
    return decide(principal, request, { ...parts, key, rights });
  return Promise.all([key, rights]).then(([key, rights]) =>
    decide(principal, request, { ...parts, key, rights }),
  );
}

function decide(
  principal: Principal,
  request: AuthorizationRequest,
  {
    permissions,
    keyUses,
    key,
    rights,
  }: Parts & { key: ActiveAccessKey | undefined; rights: Rights | undefined },
): Decision {
  if (key?.principal.arn !== principal.arn) return denied;
  if (principal.type === 'root') return decideRoot(principal, request, permissions);
  keyUses.note(key.accessKeyId);
  return rights === undefined ? denied : permissions.decide(principal, request, rights);
}

/** Root needs no Allow; a Deny of the resource's policy counts, as in AWS. */
function decideRoot(principal: Principal, request: AuthorizationRequest, permissions: Permissions): Decision {
  if ((request.resourcePolicies ?? []).length === 0) return { decision: 'allow' };
  const decided = permissions.decide(principal, request);
  return decided.decision === 'explicit-deny' ? decided : { decision: 'allow' };
}

function authorizeSession(
  principal: Principal,
  request: AuthorizationRequest,
  { permissions, sessions }: Parts,
): Decision | Promise<Decision> {
  const decideLive = (live: LiveSession | undefined): Decision => {
    if (live === undefined) return denied;
    if (principal.type === 'root') return decideRoot(principal, request, permissions);
    return decideLimited(principal, request, { permissions, live });
  };
  const live = sessions.live(principal);
  return live instanceof Promise ? live.then(decideLive) : decideLive(live);
}

function decideLimited(
  principal: Principal,
  request: AuthorizationRequest,
  { permissions, live: { session, rights } }: { permissions: Permissions; live: LiveSession },
): Decision {
  const decided = permissions.decide(principal, request, rights);
  if (session.policies.length === 0 || decided.decision !== 'allow') return decided;
  const { resourcePolicies = [], ...alone } = request;
  const nothing = rights && { id: rights.id, policies: [] };
  const limit = permissions.decide(principal, { ...alone, resourcePolicies: session.policies }, nothing);
  if (limit.decision !== 'implicit-deny') return limit.decision === 'allow' ? decided : limit;
  const asked = { principal, request: { ...alone, resourcePolicies }, rights: nothing };
  return isMeantByItself(asked, permissions) ? decided : limit;
}

/** Whether the policies of the resource let in this very session, under their conditions: not its role, and not everyone. */
function isMeantByItself(asked: Parameters<Permissions['decideAs']>[1], permissions: Permissions): boolean {
  const { session: _, ...itself } = asked.principal;
  const another = { ...itself, arn: `${itself.arn}/another` };
  const lets = (meant: Principal) => permissions.decideAs(meant, asked).decision === 'allow';
  return itself.type === 'role' && lets(itself) && !lets(another);
}
