// What the client of one connection may do: identity decides, by the policies of the client and the ACLs of the cluster.
//
// A decision is believed for a second: a produce asks about the same topic thousands of times in it. An anonymous client
// may do everything that no ACL denies to everyone while anonymous clients may come at all (loopback, no user made); as soon
// as they may not, it may do what ACLs give to everyone.

import type { CompiledPolicy } from '@cairn/identity';
import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { decisionLifetimeMs, decisionsPerConnectionMax } from '../../limits.ts';
import type { KafkaDecision, KafkaIdentity } from './identity-port.ts';
import {
  type ArnPlace,
  actionOf,
  arnOf,
  type Operation,
  operationCodes,
  operationsOf,
  type ResourceType,
} from './operations.ts';

export type AccessOptions = {
  readonly identity: KafkaIdentity;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly place: ArnPlace;
  /** The ACLs of the cluster, as policies; another array after each change. */
  readonly aclPolicies: () => readonly CompiledPolicy[];
  readonly clientHost: string;
};

type Remembered = { readonly allowed: boolean; readonly untilMs: number };

export class Access {
  readonly #options: AccessOptions;
  #principal: Principal;
  readonly #decisions = new Map<string, Remembered>();
  #policies: readonly CompiledPolicy[] | undefined;

  constructor(principal: Principal, options: AccessOptions) {
    this.#options = options;
    this.#principal = principal;
  }

  get principal(): Principal {
    return this.#principal;
  }

  /** Another one logged in on the connection. */
  become(principal: Principal): void {
    this.#principal = principal;
    this.#decisions.clear();
  }

  /** At once when it is known. */
  allows(type: ResourceType, name: string, operation: Operation): boolean | Promise<boolean> {
    const { clock, aclPolicies } = this.#options;
    const policies = aclPolicies();
    if (policies !== this.#policies) {
      this.#decisions.clear();
      this.#policies = policies;
    }
    const key = `${type} ${operation} ${name}`;
    const known = this.#decisions.get(key);
    const nowMs = clock.monotonicMs();
    if (known !== undefined && nowMs < known.untilMs) return known.allowed;
    const decided = this.#decide(type, name, operation);
    if (!(decided instanceof Promise)) return this.#remember(key, { allowed: decided, nowMs });
    const principal = this.#principal;
    return decided.then((allowed) =>
      // What was decided for somebody else, or under other ACLs, is not remembered.
      principal === this.#principal && policies === this.#policies
        ? this.#remember(key, { allowed, nowMs })
        : allowed,
    );
  }

  allowsCluster(operation: Operation): boolean | Promise<boolean> {
    return this.allows('cluster', '', operation);
  }

  /** Kafka's bit field of all that is allowed. */
  async operations(type: ResourceType, name: string): Promise<number> {
    let bits = 0;
    for (const operation of operationsOf(type))
      if (await this.allows(type, name, operation)) bits |= 1 << operationCodes[operation];
    return bits;
  }

  #decide(type: ResourceType, name: string, operation: Operation): boolean | Promise<boolean> {
    const action = actionOf(type, operation);
    if (action === undefined) return false;
    const decided = this.#ask(type, name, action);
    return decided instanceof Promise
      ? decided.then(({ decision }) => this.#isAllowed(decision))
      : this.#isAllowed(decided.decision);
  }

  #isAllowed(decision: KafkaDecision['decision']): boolean | Promise<boolean> {
    if (decision !== 'implicit-deny' || this.#principal.type !== 'anonymous') return decision === 'allow';
    return this.#options.identity.allowsAnonymous();
  }

  #ask(type: ResourceType, name: string, action: string): KafkaDecision | Promise<KafkaDecision> {
    const { identity, place, clientHost, aclPolicies } = this.#options;
    return identity.authorize(this.#principal, {
      action,
      resource: arnOf(type, name, place),
      context: () => ({ 'aws:sourceip': clientHost }),
      resourcePolicies: aclPolicies(),
    });
  }

  #remember(key: string, { allowed, nowMs }: { allowed: boolean; nowMs: number }): boolean {
    if (this.#decisions.size >= decisionsPerConnectionMax) this.#decisions.clear();
    this.#decisions.set(key, { allowed, untilMs: nowMs + decisionLifetimeMs });
    return allowed;
  }
}
