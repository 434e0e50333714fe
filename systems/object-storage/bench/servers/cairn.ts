// Ours: `cairn up --only object-storage` of this checkout or of another, on a data folder of its own.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServerProcess, startServer } from '@cairn/bench';
import { signedRequest } from '../signed-request.ts';
import { credentials, host, type Server, type ServerKind, send } from './server.ts';

export const thisCheckout = fileURLToPath(new URL('../../../../', import.meta.url));

export type CairnServer = Server & { readonly process: ServerProcess };

export const cairn: ServerKind<CairnServer> = cairnIn(thisCheckout);

export function cairnIn(checkout: string): ServerKind<CairnServer> {
  return {
    name: basename(checkout),
    version: () => versionOf(checkout),
    start: async () => {
      const data = await makeDataFolder();
      const removeData = () => rm(data, { recursive: true });
      try {
        const server = await startCairn(checkout, data);
        return { ...server, stop: () => server.stop().then(removeData) };
      } catch (error) {
        await removeData();
        throw error;
      }
    },
  };
}

async function versionOf(checkout: string): Promise<string> {
  return JSON.parse(await readFile(join(checkout, 'systems/object-storage/package.json'), 'utf8')).version;
}

export function makeDataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cairn-bench-'));
}

/** Starts on a data folder that is there, and stays there when it stops. */
export async function startCairn(
  checkout: string,
  data: string,
  settings: readonly string[] = [],
): Promise<CairnServer> {
  const process = await spawnCairn(checkout, {
    ...{ data, settings },
    ready: /^object-storage s3 http:\/\/127\.0\.0\.1:(\d+)/,
  });
  const port = Number(process.readyMatch[1]);
  const request: Server['request'] = (storageRequest) =>
    signedRequest({ host: `${host}:${port}`, credentials, ...storageRequest });
  const server: CairnServer = {
    process,
    port,
    cpuSeconds: () => process.cpuSeconds(),
    request,
    createBucket: async (bucket) => void (await send(server, { method: 'PUT', target: `/${bucket}` })),
    stop: () => process.stop(),
  };
  return server;
}

/** Seconds from the start of the process until it says `ready`; it is stopped again. */
export async function secondsToReady(data: string): Promise<number> {
  const startMs = performance.now();
  const process = await spawnCairn(thisCheckout, { data, settings: [], ready: /^ready$/ });
  const seconds = (performance.now() - startMs) / 1000;
  await process.stop();
  return seconds;
}

function spawnCairn(
  checkout: string,
  { data, settings, ready }: { data: string; settings: readonly string[]; ready: RegExp },
): Promise<ServerProcess> {
  return startServer({
    command: process.execPath,
    args: [
      join(checkout, 'apps/cairn/bin/cairn.js'),
      ...['up', '--only', 'object-storage', '--data', data],
      ...['--set', 'object-storage.s3.port=0', '--set', 'service.port=0'],
      ...settings.flatMap((setting) => ['--set', setting]),
    ],
    environment: {
      CAIRN_ROOT_ACCESS_KEY: credentials.accessKeyId,
      CAIRN_ROOT_SECRET_KEY: credentials.secret,
    },
    ready,
  });
}
