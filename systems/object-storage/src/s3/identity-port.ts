// What the S3 edge needs of identity: whose key this is, and may they do it. The system `identity` satisfies it as it is.

import type { CompiledPolicy, ContextRecord } from '@cairn/identity';
import type { Principal } from '@cairn/service';

export type S3Identity = {
  /** The key of that id if it is active. At once when it is known: await only a promise. */
  findAccessKey(accessKeyId: string): S3AccessKey | undefined | Promise<S3AccessKey | undefined>;
  /** Who comes with temporary credentials, or what is wrong with them. At once when it is known. */
  findSession(request: { accessKeyId: string; token: string }): S3SessionKey | Promise<S3SessionKey>;
  authorize(principal: Principal, question: S3Question): S3Decision | Promise<S3Decision>;
  /** Fails with `NoSuchEntity` when there is no such user, and with `ValidationError` when there can be none. */
  getUser(request: { name: string }): Promise<unknown>;
};

export type S3AccessKey = {
  readonly secret: string;
  readonly principal: Principal;
  readonly active: boolean;
};

export type S3SessionKey = S3AccessKey | 'ExpiredToken' | 'InvalidToken';

export type S3Question = {
  /** `s3:GetObject`. */
  readonly action: string;
  /** `arn:aws:s3:::BUCKET/KEY`, `arn:aws:s3:::BUCKET`, or `*`. */
  readonly resource: string;
  /** Condition keys of the request; made only when a policy asks. */
  readonly context: () => ContextRecord;
  /** The bucket's policy, when it has one. */
  readonly resourcePolicies?: readonly CompiledPolicy[];
};

export type S3Decision = {
  readonly decision: 'allow' | 'explicit-deny' | 'implicit-deny';
  /** What decided; absent when nothing did, and when root is allowed without asking. */
  readonly statement?: { readonly policy: string | undefined };
};

/** Who comes without credentials. */
export const anonymousPrincipal: Principal = {
  type: 'anonymous',
  name: 'anonymous',
  arn: '*',
  accessKeyId: undefined,
};
