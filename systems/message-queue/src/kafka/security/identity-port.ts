// What the Kafka edge needs of identity: whose key this is, and may they do it. The system `identity` satisfies it as it is.

import type { CompiledPolicy, ContextRecord } from '@cairn/identity';
import type { Principal } from '@cairn/service';

export type KafkaIdentity = {
  /** The key of that id if it is active. At once when it is known: await only a promise. */
  findAccessKey(accessKeyId: string): KafkaKey | undefined | Promise<KafkaKey | undefined>;
  authorize(principal: Principal, question: KafkaQuestion): KafkaDecision | Promise<KafkaDecision>;
  /** Whether a client without credentials may be served now. */
  allowsAnonymous(): boolean | Promise<boolean>;
};

/** Who may log in, for who looks. */
export type KafkaUsers = {
  listUsers(page: {
    readonly after?: string | undefined;
  }): Promise<{ readonly items: readonly { readonly name: string }[]; readonly next?: string }>;
  listAccessKeys(request: {
    user: string;
  }): Promise<readonly { readonly accessKeyId: string; readonly active: boolean }[]>;
};

export type KafkaKey = { readonly secret: string; readonly principal: Principal };

export type KafkaQuestion = {
  readonly action: string;
  readonly resource: string;
  readonly context?: () => ContextRecord;
  /** The ACLs of the cluster. */
  readonly resourcePolicies?: readonly CompiledPolicy[];
};

export type KafkaDecision = { readonly decision: 'allow' | 'explicit-deny' | 'implicit-deny' };

/** Who comes without credentials. */
export const anonymousPrincipal: Principal = {
  type: 'anonymous',
  name: 'ANONYMOUS',
  arn: '*',
  accessKeyId: undefined,
};
