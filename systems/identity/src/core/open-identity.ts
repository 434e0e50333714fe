// Opens identity on an sql engine: finds the keys, and puts the parts together.

import { LookupCache } from '@cairn/engines';
import { silentTelemetry, type Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { cacheEntriesMax, sharedCacheLifetimeMs } from '../limits.ts';
import {
  openRootCredentials,
  providedRootCredentials,
  type RootCredentials,
} from '../secrets/root-credentials.ts';
import type { IdentitySql } from '../store/store.ts';
import { documentFetcher, type FetchDocument } from '../web-identity/fetch-document.ts';
import { ProviderKeys } from '../web-identity/provider-keys.ts';
import { authenticate, type KnownToken } from './access/authenticator.ts';
import { authorize } from './access/authorize.ts';
import { Credentials } from './access/credentials.ts';
import { KeyUses } from './access/key-uses.ts';
import { Permissions } from './access/permissions.ts';
import { Sessions } from './access/sessions.ts';
import type { Identity } from './identity.ts';
import { identityMetrics } from './identity-metrics.ts';
import { checkIdentity } from './maintenance/check.ts';
import { inspectOperation } from './maintenance/inspect.ts';
import { openSecretBox } from './master-key.ts';
import { accessKeyOperations } from './operations/access-keys.ts';
import { groupPolicyOperations } from './operations/group-policies.ts';
import { groupOperations } from './operations/groups.ts';
import { lookUpProvider, openIdProviderOperations } from './operations/open-id-providers.ts';
import { policyOperations } from './operations/policies.ts';
import { policyVersionOperations } from './operations/policy-versions.ts';
import { roleOperations } from './operations/roles.ts';
import { sessionOperations } from './operations/sessions.ts';
import { tokenOperations } from './operations/tokens.ts';
import { userPolicyOperations } from './operations/user-policies.ts';
import { userOperations } from './operations/users.ts';
import { webIdentityOperations } from './operations/web-identity.ts';
import type { Caches, CoreParts } from './parts.ts';
import { withIdentityErrors } from './store-failures.ts';

export type IdentityOptions = {
  readonly world: World;
  /** `openSql(identityStore, ...)`; stays the caller's to close. */
  readonly sql: IdentitySql;
  /** Where the master key is, or is made. Processes that share a database share it. Its folder exists. */
  readonly keyFile: string;
  /** Where the root credentials are, or are made. */
  readonly rootCredentialsFile: string;
  /** Brought along instead, and then never stored: both or neither. */
  readonly rootCredentials?: {
    readonly accessKeyId: string | undefined;
    readonly secretKey: string | undefined;
  };
  /** Twelve digits. */
  readonly account: string;
  /** Whether other processes change the database too: then nothing is remembered for longer than two seconds. */
  readonly shared?: boolean;
  /** Whether protocols that allow it may serve anonymous clients as long as root is the only user. */
  readonly anonymousLoopback?: boolean;
  /** Whether an OpenID provider without client ids lets in tokens for anybody, as radosgw does; else it lets in none. */
  readonly acceptsUnlistedAudiences?: boolean;
  /** Whether an OpenID provider may be on this machine, by http too, or at another address that is not public. */
  readonly acceptsLocalProviders?: boolean;
  /** How documents of identity providers are fetched; over the network unless given. */
  readonly fetchDocument?: FetchDocument;
  readonly telemetry?: Telemetry;
};

/**
 * Opens identity, and at first start makes its key file and root credentials.
 * Throws IdentityError: UnusableKeyFile, UnusableRootCredentials, and those of the store.
 */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { world, account, telemetry = silentTelemetry(), anonymousLoopback = false } = options;
  const sql = withIdentityErrors(options.sql);
  const provided = options.rootCredentials && providedRootCredentials(options.rootCredentials);
  const secretBox = await openSecretBox({ world, sql, keyFile: options.keyFile });
  // Last of what can fail: credentials that were made and not shown would have to be looked up.
  const root = provided
    ? { credentials: provided, created: false }
    : await openRootCredentials(world, options.rootCredentialsFile);
  const caches = openCaches({ ...options, sql, secretBox, root: root.credentials });
  const { credentials, permissions, tokens, openIdProviders } = caches;
  const sessions = new Sessions({
    ...{ clock: world.clock, secretBox, account, credentials, permissions, openIdProviders },
  });
  const { acceptsUnlistedAudiences = false, acceptsLocalProviders = false } = options;
  const { fetchDocument: fetch = documentFetcher(world.clock, { allowsLocal: acceptsLocalProviders }) } =
    options;
  const providerKeys = new ProviderKeys({ clock: world.clock, fetch, log: telemetry.log });
  const parts: CoreParts = {
    ...{ world, sql, account, secretBox, caches, sessions, providerKeys },
    ...{ acceptsUnlistedAudiences, acceptsLocalProviders },
  };
  const keyUses = new KeyUses({ clock: world.clock, sql, log: telemetry.log });
  const metrics = identityMetrics(telemetry.metrics);

  const identity: Identity = {
    account,
    newRootCredentials: root.created ? root.credentials : undefined,
    authenticator: {
      authenticate: async (authorization) =>
        metrics.authenticated(await authenticate(authorization, { clock: world.clock, credentials, tokens })),
      authorize: async (principal, request) =>
        (await identity.authorize(principal, request)).decision === 'allow',
    },
    findAccessKey: (accessKeyId) => credentials.find(accessKeyId),
    authorize: (principal, request) =>
      metrics.authorized(authorize(principal, request, { credentials, permissions, sessions, keyUses })),
    allowsAnonymous: () => {
      if (!anonymousLoopback) return false;
      const hasUsers = caches.hasUsers.get('');
      return hasUsers instanceof Promise ? hasUsers.then((has) => has === false) : !hasUsers;
    },
    ...userOperations(parts),
    ...accessKeyOperations(parts),
    ...policyOperations(parts),
    ...policyVersionOperations(parts),
    ...userPolicyOperations(parts),
    ...tokenOperations(parts),
    ...roleOperations(parts),
    ...groupOperations(parts),
    ...groupPolicyOperations(parts),
    ...openIdProviderOperations(parts),
    ...webIdentityOperations(parts),
    ...sessionOperations(parts, (principal, request) => identity.authorize(principal, request)),
    check: () => checkIdentity({ sql, secretBox }),
    ...inspectOperation(parts),
    close: () => keyUses.flush(),
  };
  return identity;
}

function openCaches(
  options: Pick<IdentityOptions, 'world' | 'account' | 'shared'> &
    Pick<CoreParts, 'sql' | 'secretBox'> & { root: RootCredentials },
): Caches {
  const { world, account, shared = false, sql, secretBox, root } = options;
  const lifetime = {
    clock: world.clock,
    entriesMax: cacheEntriesMax,
    lifetimeMs: shared ? sharedCacheLifetimeMs : undefined,
  };
  return {
    credentials: new Credentials({ ...lifetime, account, root, secretBox, sql }),
    permissions: new Permissions({ ...lifetime, account, sql }),
    tokens: new LookupCache({ ...lifetime, lookUp: (hash) => lookUpToken(sql, hash) }),
    openIdProviders: new LookupCache({
      ...lifetime,
      lookUp: (name) => lookUpProvider(name, { sql, account }),
    }),
    hasUsers: new LookupCache({ ...lifetime, lookUp: () => sql.lookup('hasUsers', {}) }),
  };
}

async function lookUpToken(sql: IdentitySql, hashHex: string): Promise<KnownToken | undefined> {
  const row = await sql.lookup('findToken', { hash: Buffer.from(hashHex, 'hex') });
  return row && { accessKeyId: row.access_key, user: row.user, expiresMs: row.expires_ms };
}
