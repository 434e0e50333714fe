// s3rver, an S3 server from npm: files in folders, no sync. The bench installs it beside its package.json under `peers/`,
// when it is not there; a tiny run does not, and runs without it.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '@cairn/bench';
import { signedRequest } from '../signed-request.ts';
import { host, type Server, type ServerKind, send } from './server.ts';

const peers = fileURLToPath(new URL('../peers', import.meta.url));
const packageFolder = join(peers, 'node_modules/s3rver');
/** Its own, and the only ones it knows. */
const credentials = { accessKeyId: 'S3RVER', secret: 'S3RVER' };

export const s3rver: ServerKind = {
  name: 's3rver',
  version: async ({ tiny }) => {
    const installed = await installedVersion();
    if (installed !== undefined || tiny) return installed;
    await promisify(execFile)('npm', ['install', ...installFlags], { cwd: peers });
    return installedVersion();
  },
  start: startS3rver,
};

const installFlags = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--no-workspaces'];

async function installedVersion(): Promise<string | undefined> {
  try {
    return JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function startS3rver(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-bench-s3rver-'));
  const program = join(packageFolder, 'bin/s3rver.js');
  const child = await startServer({
    command: process.execPath,
    args: [program, '--directory', directory, '--address', host, '--port', '0', '--silent'],
    ready: /listening on \S+?:(\d+)/,
  });
  const port = Number(child.readyMatch[1]);
  const server: Server = {
    port,
    cpuSeconds: () => child.cpuSeconds(),
    request: (storageRequest) => signedRequest({ host: `${host}:${port}`, credentials, ...storageRequest }),
    createBucket: async (bucket) => void (await send(server, { method: 'PUT', target: `/${bucket}` })),
    stop: async () => {
      await child.stop();
      await rm(directory, { recursive: true });
    },
  };
  return server;
}
