// The backup service inside `cairn up`: repositories by name, over the store under /api/backup/store and the management API.

import type { Identity } from '@cairn/identity';
import type { RunningSystem, SystemContext } from '@cairn/service';
import { AgentReports } from './agents/agent-reports.ts';
import { agentRoutes } from './api/agent-routes.ts';
import { repositoryRoutes } from './api/repository-routes.ts';
import { repositoryArn, storeMount } from './http/store-mount.ts';
import { Repositories } from './repositories/repositories.ts';

/** What other systems of the process may use. */
export type BackupService = { readonly repositories: Repositories };

/** Repositories lie in the blobs engine of the configuration, by default in the system's own folder. */
export async function startBackupService(
  context: SystemContext<unknown>,
): Promise<RunningSystem<BackupService>> {
  const { world, dataDirectory: directory, settings, telemetry } = context;
  const blobsUrl = context.engineUrl('blobs') ?? `file:${directory}/repositories`;
  const agents = await AgentReports.open({ world, directory, sqlUrl: context.engineUrl('sql'), telemetry });
  const onRemoval = (name: string) => agents.removeAll(name);
  const onDamage = (repository: string, error: Error) =>
    telemetry.log.error('a file of the backup service is damaged, and done without', { repository, error });
  const repositories = new Repositories({ world, directory, blobsUrl, onRemoval, onDamage });
  // In the background: what is marked is nobody's already. What fails is tried again at the next start.
  const resuming = repositories.resumeRemovals().catch((error: unknown) => {
    telemetry.log.error('could not finish the removal of backup repositories', { error });
  });
  const { authenticator } = context.system<Identity>('identity');
  const resource = ({ name }: { readonly name: string }) => repositoryArn(settings, name);
  return {
    api: { repositories },
    endpoints: [],
    routes: [
      ...repositoryRoutes({ repositories, resource }),
      ...agentRoutes({ repositories, agents, resource }),
    ],
    mounts: [storeMount({ repositories, authenticator, settings, telemetry })],
    health: async () => ({ ready: true }),
    stop: async () => {
      await repositories.close();
      await resuming;
      await agents.close();
    },
  };
}
