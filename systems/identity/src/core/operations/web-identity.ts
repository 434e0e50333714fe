// AssumeRoleWithWebIdentity: whoever has a token of a registered identity provider takes on a role that trusts it.
//
// Nobody is logged in, so the role's trust policy decides alone: it has to name the provider, for
// `sts:AssumeRoleWithWebIdentity`, and for `sts:TagSession` besides when the token brings session tags.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

import { IdentityError } from '../../errors.ts';
import { roleSessionSecondsDefault } from '../../limits.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { federatedPrincipal } from '../../policy/principal-element.ts';
import type { ContextRecord } from '../../policy/request-context.ts';
import { federationContext, requestedTagsContext } from '../../web-identity/federation-context.ts';
import { verifyToken, type WebIdentity } from '../../web-identity/verify-token.ts';
import { sessionArn, type WebSessionContents } from '../access/session.ts';
import type { Identity, Role, WebIdentityRequest, WebIdentityRole } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { issueSession } from './issue-session.ts';
import { lookUpProvider } from './open-id-providers.ts';
import {
  findRoleByArn,
  requireDuration,
  requireSessionName,
  requireSessionPolicy,
} from './session-requests.ts';

export function webIdentityOperations(parts: CoreParts): Pick<Identity, 'assumeRoleWithWebIdentity'> {
  return { assumeRoleWithWebIdentity: (request) => assume(request, parts) };
}

async function assume(request: WebIdentityRequest, parts: CoreParts): Promise<WebIdentityRole> {
  const { sessionName, policy } = request;
  requireSessionName(sessionName);
  requireSessionPolicy(policy);
  const { world, caches, providerKeys, acceptsUnlistedAudiences } = parts;
  const identity = await verifyToken(request.token, {
    ...{ clock: world.clock, keys: providerKeys, acceptsUnlistedAudiences },
    // Not one that is remembered: a session of a provider that another process made anew would end in a moment.
    findProvider: (name) => lookUpProvider(name, parts),
  });
  const role = await roleFor(identity, request, parts);
  caches.openIdProviders.forget(identity.provider.name);
  const seconds = request.seconds ?? Math.min(roleSessionSecondsDefault, role.sessionSecondsMax);
  requireDuration(seconds, role.sessionSecondsMax);
  const { name, path, id } = role;
  const owner = { type: 'role', name, path, id, sessionName } as const;
  const origin = { version: 2, webIdentity: sealed(identity), tags: identity.tags, owner } as const;
  const policies = policy === undefined ? [] : [policy];
  return {
    ...issueSession(origin, { seconds, policies }, parts),
    arn: sessionArn(parts.account, `${name}/${sessionName}`),
    id: `${id}:${sessionName}`,
    subject: identity.subject,
    audience: identity.clientId ?? identity.audiences[0]!,
    provider: identity.provider.arn,
  };
}

/** The role, if its trust policy lets this identity take it on; that there is none is told to nobody. */
async function roleFor(identity: WebIdentity, request: WebIdentityRequest, parts: CoreParts): Promise<Role> {
  const role = await findRoleByArn(request.roleArn, parts);
  const { provider, tags } = identity;
  const context = {
    ...request.context,
    'sts:RoleSessionName': request.sessionName,
    ...federationContext(provider, identity),
    ...requestedTagsContext(tags),
  };
  const actions = [
    'sts:AssumeRoleWithWebIdentity',
    ...(Object.keys(tags.values).length > 0 ? ['sts:TagSession'] : []),
  ];
  for (const action of actions)
    if (role === undefined || !isTrusted(role, { action, context, providerArn: provider.arn, parts }))
      throw new IdentityError('AccessDenied', `Not authorized to perform ${action}`);
  return role!;
}

function isTrusted(
  role: Role,
  asked: { action: string; context: ContextRecord; providerArn: string; parts: CoreParts },
): boolean {
  const { action, context, providerArn, parts } = asked;
  const trust = parsePolicy(role.trustPolicy, { kind: 'trust', name: `trust of ${role.name}` });
  const request = { action, resource: role.arn, context, resourcePolicies: [trust] };
  return parts.caches.permissions.decide(federatedPrincipal(providerArn), request).decision === 'allow';
}

function sealed({ provider, clientId, ...claims }: WebIdentity): WebSessionContents['webIdentity'] {
  const { subject, audiences, authorizedParty, methods } = claims;
  return {
    ...{ provider: provider.name, providerId: provider.id, clientId },
    claims: { subject, audiences, methods, ...(authorizedParty !== undefined && { authorizedParty }) },
  };
}
