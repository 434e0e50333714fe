// What the operations of identity are made from.

import type { LookupCache } from '@cairn/engines';
import type { World } from '@cairn/world';
import type { SecretBox } from '../secrets/secret-box.ts';
import type { IdentitySql } from '../store/store.ts';
import type { ProviderKeys } from '../web-identity/provider-keys.ts';
import type { KnownToken } from './access/authenticator.ts';
import type { Credentials } from './access/credentials.ts';
import type { Permissions } from './access/permissions.ts';
import type { Sessions } from './access/sessions.ts';
import type { OpenIdProvider } from './identity.ts';

export type CoreParts = {
  readonly world: World;
  /** Throws IdentityError only. */
  readonly sql: IdentitySql;
  readonly account: string;
  readonly secretBox: SecretBox;
  readonly caches: Caches;
  readonly sessions: Sessions;
  readonly providerKeys: ProviderKeys;
  /** Whether an OpenID provider without client ids lets in tokens for anybody. */
  readonly acceptsUnlistedAudiences: boolean;
  /** Whether an OpenID provider may be where not everybody could ask it. */
  readonly acceptsLocalProviders: boolean;
};

/** What is remembered of the database; whoever changes a row forgets what was remembered of it. */
export type Caches = {
  readonly credentials: Credentials;
  readonly permissions: Permissions;
  readonly tokens: LookupCache<KnownToken>;
  readonly openIdProviders: LookupCache<OpenIdProvider>;
  readonly hasUsers: LookupCache<boolean>;
};
