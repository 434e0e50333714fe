// Identity as the service shell mounts it, with every set of systems.

import { openSql } from '@cairn/engines';
import { isLoopbackHost, type SystemContext, type SystemDefinition } from '@cairn/service';
import { z } from 'zod';
import { identityRoutes } from './api/routes.ts';
import type { Identity } from './core/identity.ts';
import { openIdentity } from './core/open-identity.ts';
import type { RootCredentials } from './secrets/root-credentials.ts';
import identityStore from './store/store.ts';

const config = z.strictObject({
  anonymousLoopback: z
    .boolean()
    .default(true)
    .describe('Kafka and the Prometheus API serve anonymous clients on loopback while root is the only user'),
  acceptUnlistedAudiences: z
    .boolean()
    .default(false)
    .describe('An OpenID Connect provider without client ids lets in tokens for anybody, as in radosgw'),
  localProviders: z
    .boolean()
    .default(false)
    .describe(
      'OpenID Connect providers may be on this machine, there without TLS too, and at other private addresses',
    ),
  keyFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File of the master key; processes that share a database share it. In the data folder unless given',
    ),
});

export type IdentityConfig = z.output<typeof config>;

/** Where the root credentials are kept, below DATA/identity; commands on the same machine read them there. */
export const rootCredentialsFileName = 'root-credentials';
/** Users and keys change seldom: their writer shares its thread with other stores that can wait. */
const backgroundThread = 'sql background';
/** Where the master key is kept, below DATA/identity, unless `identity.keyFile` says otherwise. */
export const keyFileName = 'master.key';

/** `environment` may hold CAIRN_ROOT_ACCESS_KEY and CAIRN_ROOT_SECRET_KEY, which are then used and never stored. */
export function createIdentitySystem(
  environment: Readonly<Record<string, string | undefined>>,
): SystemDefinition<IdentityConfig, Identity> {
  return {
    name: 'identity',
    nouns: ['iam'],
    uses: [],
    config,
    async start(context) {
      const url = context.engineUrl('sql');
      const file = `${context.dataDirectory}/identity.sqlite`;
      const sql = await openSql(identityStore, {
        url: url ?? 'file:',
        world: context.world,
        file,
        thread: backgroundThread,
      });
      try {
        const identity = await openIdentity({
          ...optionsOf(context),
          sql,
          // Only the database in the locked data folder is certainly ours alone.
          shared: url !== undefined,
          rootCredentials: {
            accessKeyId: environment.CAIRN_ROOT_ACCESS_KEY,
            secretKey: environment.CAIRN_ROOT_SECRET_KEY,
          },
        });
        return {
          api: identity,
          endpoints: [],
          notices:
            identity.newRootCredentials === undefined
              ? []
              : noticesOf(identity.newRootCredentials, `${context.dataDirectory}/${rootCredentialsFileName}`),
          routes: identityRoutes(identity),
          health: () => healthOf(() => sql.lookup('hasUsers', {})),
          async stop() {
            await identity.close();
            await sql.close();
          },
        };
      } catch (error) {
        await sql.close();
        throw error;
      }
    },
  };
}

export const identitySystem = createIdentitySystem(process.env);

function optionsOf({ config, dataDirectory, settings, telemetry, world }: SystemContext<IdentityConfig>) {
  return {
    world,
    telemetry,
    account: settings.account,
    keyFile: config.keyFile ?? `${dataDirectory}/${keyFileName}`,
    rootCredentialsFile: `${dataDirectory}/${rootCredentialsFileName}`,
    acceptsUnlistedAudiences: config.acceptUnlistedAudiences,
    acceptsLocalProviders: config.localProviders,
    anonymousLoopback: config.anonymousLoopback && isLoopbackHost(settings.host),
  };
}

/** The only time that Cairn shows them. */
function noticesOf({ accessKeyId, secretKey }: RootCredentials, file: string): readonly string[] {
  return [
    `root credentials were made; they are shown this once and kept in ${file}:`,
    `  CAIRN_ROOT_ACCESS_KEY=${accessKeyId}`,
    `  CAIRN_ROOT_SECRET_KEY=${secretKey}`,
  ];
}

async function healthOf(lookUp: () => Promise<unknown>): Promise<{ ready: boolean; detail?: string }> {
  try {
    await lookUp();
    return { ready: true };
  } catch (error) {
    return { ready: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
