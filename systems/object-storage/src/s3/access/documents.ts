// The documents of a bucket's configuration that the S3 edge keeps, by their names in the metadata store. They were
// checked before they were stored; what cannot be read now is damage.

import type { ObjectLockSetting } from '../../core/object-lock.ts';
import type { BucketConfiguration, ObjectTag } from '../../core/object-storage.ts';
import type { NotificationRule } from '../../events/notification-rules.ts';
import type { LifecycleConfiguration } from '../../lifecycle/lifecycle-rules.ts';
import type { ReplicationConfiguration } from '../../replication/replication-rules.ts';
import type { LoggingRules } from '../access-log/logging-rules.ts';
import type { CorsRule } from '../cors/cors-rules.ts';
import type { DefaultEncryption } from '../xml/encryption-configuration.ts';
import type { Acl } from './acl.ts';
import type { ObjectOwnership } from './object-ownership.ts';
import type { PublicAccessBlock } from './public-access-block.ts';

/** All but the policy, which is kept as it was given, are JSON of these. */
type Documents = {
  readonly acl: Acl;
  readonly cors: readonly CorsRule[];
  readonly encryption: DefaultEncryption;
  readonly 'object-lock': ObjectLockSetting;
  readonly lifecycle: LifecycleConfiguration;
  readonly 'object-ownership': ObjectOwnership;
  readonly logging: LoggingRules;
  readonly notification: readonly NotificationRule[];
  readonly replication: ReplicationConfiguration;
  readonly tagging: readonly ObjectTag[];
  readonly 'public-access-block': PublicAccessBlock;
};

export const policyDocument = 'policy';

export function documentOf<Name extends keyof Documents>(
  { documents }: BucketConfiguration,
  name: Name,
): Documents[Name] | undefined {
  const text = documents[name];
  return text === undefined ? undefined : (JSON.parse(text) as Documents[Name]);
}

/** As `configureBucket` takes it; a document that is undefined is taken away. */
export function documentText<Name extends keyof Documents>(
  name: Name,
  document: Documents[Name] | undefined,
): Readonly<Record<string, string | undefined>> {
  return { [name]: document && JSON.stringify(document) };
}
