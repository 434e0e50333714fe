// fauxqs, an SQS server from npm that keeps messages in memory. The bench installs it beside its package.json under
// `peers/`, when it is not there; a tiny run does not, and runs without it.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '@cairn/bench';
import type { HttpServer } from './bare.ts';
import type { ServerKind } from './server.ts';

const peers = fileURLToPath(new URL('../peers', import.meta.url));
const packageFolder = join(peers, 'node_modules/fauxqs');

export const fauxqs: ServerKind<HttpServer> = {
  name: 'fauxqs',
  version: async ({ tiny }) => {
    const installed = await installedVersion();
    if (installed !== undefined || tiny) return installed;
    await promisify(execFile)('npm', ['install', ...installFlags], { cwd: peers });
    return installedVersion();
  },
  start: startFauxqs,
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

async function startFauxqs(): Promise<HttpServer> {
  // Its own command writes a line per request.
  const program = `
    import { startFauxqs } from ${JSON.stringify(join(packageFolder, 'dist/app.js'))};
    const { port } = await startFauxqs({ port: 0, logger: false });
    console.log('listening', port);
  `;
  const child = await startServer({
    command: process.execPath,
    args: ['--input-type=module', '--eval', program],
    ready: /^listening (\d+)/,
  });
  const port = Number(child.readyMatch[1]);
  return { port, cpuSeconds: () => child.cpuSeconds(), stop: () => child.stop() };
}
