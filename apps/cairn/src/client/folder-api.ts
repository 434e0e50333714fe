// The management API in this process, on a data folder that nothing holds: the same routes, without a listener.

import { startService } from '@cairn/service';
import { createLog, createMetrics } from '@cairn/telemetry';
import { realWorld } from '@cairn/world';
import { authenticatorOf } from '../authenticator.ts';
import type { CommandContext } from '../command-context.ts';
import { loadCommandConfiguration } from '../load-command-configuration.ts';
import { systems } from '../systems.ts';
import type { FindAuthorization } from './credentials.ts';
import { localEngineOwners } from './local-engines.ts';
import { type ManagementApi, managementApi } from './management-api.ts';

export type FolderApiOptions = {
  readonly data: string | undefined;
  /** Systems that the command speaks to; identity comes with any. */
  readonly only: readonly string[];
  readonly authorization: FindAuthorization;
};

/** Fails with UnusableStart `folder-in-use` when a process holds the folder. */
export async function folderApi(context: CommandContext, options: FolderApiOptions): Promise<ManagementApi> {
  const configuration = await loadCommandConfiguration(context, options.data ? { data: options.data } : {});
  const world = realWorld();
  const service = await startService({
    definitions: systems,
    only: ['identity', ...options.only, ...localEngineOwners(options.only, configuration)],
    configuration,
    world,
    authenticator: authenticatorOf,
    print: () => {},
    telemetry: { log: createLog({ level: 'error', clock: world.clock }), metrics: createMetrics() },
    withoutListeners: true,
  });
  try {
    const { data } = configuration.values;
    const authorization = await options.authorization(data);
    // The world's timers let a process end that waits for nothing else; a command that waits is not done.
    const awake = setInterval(() => {}, 2 ** 30);
    return managementApi({
      location: data,
      baseUrl: 'http://in-process',
      authorization,
      transport: (request) => service.dispatch(request),
      close: async () => {
        clearInterval(awake);
        await service.stop();
      },
    });
  } catch (error) {
    await service.stop();
    throw error;
  }
}
