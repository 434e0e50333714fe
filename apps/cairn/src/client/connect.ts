// Decides whom a command talks to. What the user named decides first:
//
//   --server or CAIRN_SERVER      that server, nothing else
//   credentials in the environment, no folder named, and the default server answers: the default server
//   --data or CAIRN_DATA or ./data   the process that holds the folder, at the URL it left there; else the folder itself
//
// A folder is opened only when nothing holds it, so two processes never work on one store. Root's secret leaves the
// folder only for the process that holds it, or for a server on this machine that the user named.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isLoopbackHost, readAnnouncement, UnusableStart } from '@cairn/service';
import { realWorld } from '@cairn/world';
import type { CommandContext } from '../command-context.ts';
import { CommandFailed } from '../exit-codes.ts';
import type { ClientOptions } from '../output/command-options.ts';
import { findAuthorization, hasCredentials } from './credentials.ts';
import { folderApi } from './folder-api.ts';
import type { ManagementApi } from './management-api.ts';
import { answers, checkServerUrl, defaultServer, serverApi } from './server-api.ts';

const defaultFolder = './data';

/** Runs `work` with the API and closes it after. */
export async function withManagementApi<Result>(
  context: CommandContext,
  options: ClientOptions & { readonly system: string },
  work: (api: ManagementApi) => Promise<Result>,
): Promise<Result> {
  const api = await connect(context, options);
  try {
    return await work(api);
  } finally {
    await api.close();
  }
}

async function connect(
  context: CommandContext,
  options: ClientOptions & { readonly system: string },
): Promise<ManagementApi> {
  const { environment } = context;
  const server = options.server ?? environment.CAIRN_SERVER;
  const named = options.data ?? environment.CAIRN_DATA;
  const folder = resolve(context.directory, named ?? defaultFolder);
  const authorization = findAuthorization(environment);
  const toServer = async (url: string, credentialsFolder: string | undefined) => {
    checkServerUrl(url);
    return serverApi(url, await authorization(credentialsFolder));
  };

  if (server !== undefined) {
    checkServerUrl(server);
    return toServer(server, isLoopback(server) ? folder : undefined);
  }
  if (named === undefined) {
    const alone = hasCredentials(environment) || !existsSync(folder);
    if (alone && (await answers(defaultServer))) return toServer(defaultServer, undefined);
  }
  if (!existsSync(folder)) {
    const tried = named === undefined ? `no server answers at ${defaultServer}, and ` : '';
    throw new CommandFailed(
      'unreachable',
      `${tried}there is no folder ${folder}: name one with --server or --data`,
    );
  }
  return folderApi(context, { data: folder, only: [options.system], authorization }).catch(
    async (error: unknown) => {
      if (!(error instanceof UnusableStart) || error.code !== 'folder-in-use') throw error;
      const url = await readAnnouncement(realWorld().disk, folder);
      if (url !== undefined) return toServer(url, folder);
      const message = `data folder ${folder} is held by a process that does not serve yet, or any more: try again`;
      throw new CommandFailed('unreachable', message, { cause: error });
    },
  );
}

function isLoopback(server: string): boolean {
  return isLoopbackHost(new URL(server).hostname.replace(/^\[(.*)\]$/, '$1'));
}
