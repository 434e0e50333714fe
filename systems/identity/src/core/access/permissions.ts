// The compiled policies of a user, remembered: from them a request is decided in microseconds.

import { LookupCache, type LookupCacheOptions } from '@cairn/engines';
import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { IdentityError } from '../../errors.ts';
import { type CannedPolicyName, cannedPolicies, isCannedPolicy } from '../../policy/canned-policies.ts';
import { type Decision, evaluate } from '../../policy/evaluate.ts';
import { type CompiledPolicy, parsePolicy } from '../../policy/parse-policy.ts';
import type { ContextRecord } from '../../policy/request-context.ts';
import type { IdentitySql } from '../../store/store.ts';
import type { NamedDocument } from '../../store/user-policies.ts';
import type { AuthorizationRequest } from '../identity.ts';

export type UserRights = { readonly userId: string; readonly policies: readonly CompiledPolicy[] };

/**
 * What every user may do without being told so: ask who they are, log in for a token, look after their own tokens. As
 * AWS's GetCallerIdentity and GetSessionToken need no permission; a Deny takes it away.
 */
const everyUser = parsePolicy(
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['sts:GetCallerIdentity', 'sts:GetSessionToken'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['cairn:ListTokens', 'cairn:RevokeToken'],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
        Resource: 'arn:aws:iam::*:user/${aws:username}',
      },
    ],
  }),
  { kind: 'identity', name: 'every user' },
);

type Options = Omit<LookupCacheOptions<UserRights>, 'lookUp' | 'clock'> & {
  readonly clock: Clock;
  readonly sql: IdentitySql;
  readonly account: string;
};

export class Permissions {
  readonly #options: Options;
  readonly #rights: LookupCache<UserRights>;

  constructor(options: Options) {
    this.#options = options;
    this.#rights = new LookupCache({ ...options, lookUp: (user) => this.#lookUp(user) });
  }

  /** Undefined when there is no such user. */
  rightsOf(user: string): UserRights | Promise<UserRights | undefined> {
    return this.#rights.get(user);
  }

  /** Without rights, as of an anonymous client, only policies of the resource can let the principal in. */
  decide(principal: Principal, request: AuthorizationRequest, rights?: UserRights): Decision {
    const { action, resource, context, resourcePolicies = [] } = request;
    const policies = rights === undefined ? resourcePolicies : [...rights.policies, ...resourcePolicies];
    const { clock } = this.#options;
    const complete = () => ({
      ...(typeof context === 'function' ? context() : context),
      ...principalContext(principal, { rights, account: this.#options.account }),
      ...timeContext(clock),
    });
    return evaluate({ policies, request: { principal, action, resource, context: complete } });
  }

  forget(user: string): void {
    this.#rights.forget(user);
  }

  forgetAll(): void {
    this.#rights.forgetAll();
  }

  async #lookUp(user: string): Promise<UserRights | undefined> {
    const found = await this.#options.sql.lookup('userPermissions', { user });
    if (found === undefined) return undefined;
    const documents = [...found.documents, ...found.canned.filter(isCannedPolicy).map(cannedDocument)];
    const policies = documents.map((stored) => parseStored(stored, user));
    return { userId: found.user.id, policies: [everyUser, ...policies] };
  }
}

/** What was parsed before it was stored does not parse: damage, not the mistake of whoever asks now. */
function parseStored({ name, document }: NamedDocument, user: string): CompiledPolicy {
  try {
    return parsePolicy(document, { kind: 'identity', name });
  } catch (cause) {
    throw new IdentityError('ServiceFailure', `could not read the stored policy ${name} of user ${user}`, {
      cause,
    });
  }
}

function cannedDocument(name: CannedPolicyName): NamedDocument {
  return { name, document: cannedPolicies[name] };
}

/** No service asks for somebody here. AWS always says so, and a Deny for all but its services counts on it. */
const noService: ContextRecord = { 'aws:viaawsservice': 'false' };

/** The keys that AWS has of the principal, and the number of a user's own policies; written in lower case, so that no key of the request can shadow them. */
function principalContext(
  principal: Principal,
  { rights, account }: { rights: UserRights | undefined; account: string },
): ContextRecord {
  if (principal.type === 'anonymous')
    return { ...noService, 'aws:principaltype': 'Anonymous', 'aws:userid': 'anonymous' };
  return {
    ...noService,
    'aws:principalisawsservice': 'false',
    'aws:principaltype': principal.type === 'root' ? 'Account' : 'User',
    'aws:principalarn': principal.arn,
    'aws:principalaccount': account,
    'aws:username': principal.type === 'user' ? principal.name : undefined,
    'aws:userid': principal.type === 'root' ? account : rights?.userId,
    // Besides what every user may do.
    'cairn:principalpolicies': rights && String(rights.policies.length - 1),
  };
}

function timeContext(clock: Clock): ContextRecord {
  const nowMs = clock.nowMs();
  return {
    'aws:currenttime': new Date(nowMs).toISOString(),
    'aws:epochtime': String(Math.floor(nowMs / 1000)),
  };
}
