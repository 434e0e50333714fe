// The compiled policies of a user or a role, remembered: from them a request is decided in microseconds.

import { LookupCache, type LookupCacheOptions } from '@cairn/engines';
import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { IdentityError } from '../../errors.ts';
import { type CannedPolicyName, cannedPolicies, isCannedPolicy } from '../../policy/canned-policies.ts';
import { type Decision, evaluate } from '../../policy/evaluate.ts';
import { type CompiledPolicy, parsePolicy } from '../../policy/parse-policy.ts';
import { isFederated } from '../../policy/principal-element.ts';
import type { ContextRecord } from '../../policy/request-context.ts';
import type { IdentitySql } from '../../store/store.ts';
import type { NamedDocument, StoredPolicies } from '../../store/user-policies.ts';
import type { AuthorizationRequest } from '../identity.ts';
import { Session } from './session.ts';

/** Of a user or a role: the unique id, and what it has. */
export type Rights = { readonly id: string; readonly policies: readonly CompiledPolicy[] };

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

type Options = Omit<LookupCacheOptions<Rights>, 'lookUp' | 'clock'> & {
  readonly clock: Clock;
  readonly sql: IdentitySql;
  readonly account: string;
};

export class Permissions {
  readonly #options: Options;
  readonly #rights: LookupCache<Rights>;

  constructor(options: Options) {
    this.#options = options;
    this.#rights = new LookupCache({ ...options, lookUp: (owner) => this.#lookUp(owner) });
  }

  /** Undefined when there is no such user. */
  ofUser(name: string): Rights | Promise<Rights | undefined> {
    return this.#rights.get(name);
  }

  /** Undefined when there is no such role. */
  ofRole(name: string): Rights | Promise<Rights | undefined> {
    return this.#rights.get(`${rolePrefix}${name}`);
  }

  /** Without rights, as of an anonymous client, only policies of the resource can let the principal in. */
  decide(principal: Principal, request: AuthorizationRequest, rights?: Rights): Decision {
    return this.decideAs(principal, { principal, request, rights });
  }

  /** Whether policies that mean `meant` let `principal` in: conditions are about who really asks. */
  decideAs(
    meant: Principal,
    {
      principal,
      request,
      rights,
    }: { principal: Principal; request: AuthorizationRequest; rights?: Rights | undefined },
  ): Decision {
    const { action, resource, context, resourcePolicies = [] } = request;
    const policies = rights === undefined ? resourcePolicies : [...rights.policies, ...resourcePolicies];
    const { clock } = this.#options;
    const complete = () => ({
      ...(typeof context === 'function' ? context() : context),
      ...principalContext(principal, { rights, account: this.#options.account }),
      ...timeContext(clock),
    });
    return evaluate({ policies, request: { principal: meant, action, resource, context: complete } });
  }

  forget(user: string): void {
    this.#rights.forget(user);
  }

  forgetRole(name: string): void {
    this.#rights.forget(`${rolePrefix}${name}`);
  }

  forgetAll(): void {
    this.#rights.forgetAll();
  }

  async #lookUp(owner: string): Promise<Rights | undefined> {
    const { sql } = this.#options;
    if (owner.startsWith(rolePrefix)) {
      const found = await sql.lookup('rolePermissions', { name: owner.slice(rolePrefix.length) });
      return found && { id: found.role.id, policies: compiled(found, owner) };
    }
    const found = await sql.lookup('userPermissions', { user: owner });
    return found && { id: found.user.id, policies: compiled(found, `user ${owner}`) };
  }
}

/** No user's name has a slash. */
const rolePrefix = 'role/';

function compiled({ documents, canned }: StoredPolicies, owner: string): readonly CompiledPolicy[] {
  const all = [...documents, ...canned.filter(isCannedPolicy).map(cannedDocument)];
  return [everyUser, ...all.map((stored) => parseStored(stored, owner))];
}

/** What was parsed before it was stored does not parse: damage, not the mistake of whoever asks now. */
function parseStored({ name, document }: NamedDocument, owner: string): CompiledPolicy {
  try {
    return parsePolicy(document, { kind: 'identity', name });
  } catch (cause) {
    throw new IdentityError('ServiceFailure', `could not read the stored policy ${name} of ${owner}`, {
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
  { rights, account }: { rights: Rights | undefined; account: string },
): ContextRecord {
  // Whoever asks for a session by a web identity token: nobody here, yet.
  if (isFederated(principal)) return noService;
  if (principal.type === 'anonymous')
    return { ...noService, 'aws:principaltype': 'Anonymous', 'aws:userid': 'anonymous' };
  return {
    ...noService,
    ...(principal.session instanceof Session && principal.session.context),
    'aws:principalisawsservice': 'false',
    'aws:principaltype': principalTypes[principal.type],
    // Of a session: the role's.
    'aws:principalarn': principal.session?.roleArn ?? principal.arn,
    'aws:principalaccount': account,
    'aws:username': principal.type === 'user' ? principal.name : undefined,
    'aws:userid': principal.type === 'root' ? account : rights && uniqueId(principal, rights),
    'aws:tokenissuetime': principal.session && new Date(principal.session.issuedMs).toISOString(),
    // Besides what every user may do.
    'cairn:principalpolicies':
      principal.type === 'user' && rights ? String(rights.policies.length - 1) : undefined,
  };
}

const principalTypes = { root: 'Account', user: 'User', role: 'AssumedRole' } as const;

/** AWS's: of a session `ROLE-ID:SESSION`. */
export function uniqueId(principal: Principal, { id }: Pick<Rights, 'id'>): string {
  return principal.type === 'role' ? `${id}:${principal.name.split('/')[1]}` : id;
}

function timeContext(clock: Clock): ContextRecord {
  const nowMs = clock.nowMs();
  return {
    'aws:currenttime': new Date(nowMs).toISOString(),
    'aws:epochtime': String(Math.floor(nowMs / 1000)),
  };
}
