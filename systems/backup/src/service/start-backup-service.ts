// The backup service inside `cairn up`: repositories by name, over the store under /api/backup/store and the management API.

import type { Identity } from '@cairn/identity';
import type { RunningSystem, SystemContext } from '@cairn/service';
import { repositoryRoutes } from './api/repository-routes.ts';
import { storeMount } from './http/store-mount.ts';
import { Repositories } from './repositories/repositories.ts';

/** What other systems of the process may use. */
export type BackupService = { readonly repositories: Repositories };

/** Repositories lie in the blobs engine of the configuration, by default in the system's own folder. */
export async function startBackupService(
  context: SystemContext<unknown>,
): Promise<RunningSystem<BackupService>> {
  const { world, dataDirectory: directory, settings, telemetry } = context;
  const blobsUrl = context.engineUrl('blobs') ?? `file:${directory}/repositories`;
  const repositories = new Repositories({ world, directory, blobsUrl });
  const { authenticator } = context.system<Identity>('identity');
  return {
    api: { repositories },
    endpoints: [],
    routes: repositoryRoutes({ repositories, settings }),
    mounts: [storeMount({ repositories, authenticator, settings, telemetry })],
    health: async () => ({ ready: true }),
    stop: () => repositories.close(),
  };
}
