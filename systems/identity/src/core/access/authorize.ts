// The decision about one request: who asks still has the key they proved themselves with, and their policies allow it.
//
// Asking for the key every time is what makes a revoked key worth nothing on a connection that was opened with it. It
// costs a look into a map.

import assert from 'node:assert/strict';
import type { Principal } from '@cairn/service';
import type { Decision } from '../../policy/evaluate.ts';
import type { ActiveAccessKey, AuthorizationRequest } from '../identity.ts';
import type { Credentials } from './credentials.ts';
import type { KeyUses } from './key-uses.ts';
import type { Permissions, UserRights } from './permissions.ts';

type Parts = {
  readonly credentials: Credentials;
  readonly permissions: Permissions;
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
  assert(principal.accessKeyId !== undefined, `${principal.name} proved who they are with a key`);
  const key = parts.credentials.find(principal.accessKeyId);
  const rights = principal.type === 'root' ? undefined : parts.permissions.rightsOf(principal.name);
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
  }: Parts & { key: ActiveAccessKey | undefined; rights: UserRights | undefined },
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
