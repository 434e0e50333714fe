// Decides whom a command talks to. What the user named decides first:
//
//   --server or CAIRN_SERVER      that server, nothing else
//   --data or CAIRN_DATA          that folder, unless a process holds it; then the default server
//   neither                       the default server when it answers; else the folder ./data, when there is one
//
// A folder is opened only when nothing holds it, so two processes never work on one store.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isLoopbackHost, UnusableStart } from '@cairn/service';
import type { CommandContext } from '../command-context.ts';
import { CommandFailed } from '../exit-codes.ts';
import type { ClientOptions } from '../output/command-options.ts';
import { findAuthorization } from './credentials.ts';
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
  // Root's secret leaves the folder for this machine only, whatever server is named.
  const toServer = async (url: string) => {
    checkServerUrl(url);
    return serverApi(url, await authorization(isLoopback(url) ? folder : undefined));
  };
  const toFolder = () => folderApi(context, { data: folder, only: [options.system], authorization });

  if (server !== undefined) return toServer(server);
  if (named === undefined) {
    if (await answers(defaultServer)) return toServer(defaultServer);
    if (existsSync(folder)) return toFolder();
    const message = `no server answers at ${defaultServer}, and there is no folder ${folder}: name one with --server or --data`;
    throw new CommandFailed('unreachable', message);
  }
  if (!existsSync(folder))
    throw new CommandFailed('unreachable', `could not open ${folder}: there is no such folder`);
  return toFolder().catch((error: unknown) => {
    if (!(error instanceof UnusableStart) || error.code !== 'folder-in-use') throw error;
    return toServer(defaultServer);
  });
}

function isLoopback(server: string): boolean {
  return isLoopbackHost(new URL(server).hostname.replace(/^\[(.*)\]$/, '$1'));
}
