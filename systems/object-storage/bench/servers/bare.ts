// The limit of what Node's own HTTP server can do, see bare-program.ts.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from '@cairn/bench';
import { plainRequest } from './plain-request.ts';
import type { Server, ServerKind } from './server.ts';

/** Answers GET with two words. */
export const hello: ServerKind = bareAs('node:http hello');
/** Takes a PUT: receives, hashes, appends, group-commits. */
export const bareLoop: ServerKind = bareAs('bare loop');

function bareAs(name: string): ServerKind {
  return { name, version: async () => process.version, start: startBare };
}

async function startBare(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-bench-bare-'));
  const program = fileURLToPath(new URL('./bare-program.ts', import.meta.url));
  const server = await startServer({
    command: process.execPath,
    args: [program, directory],
    ready: /^listening (\d+)/,
  });
  return {
    port: Number(server.readyMatch[1]),
    cpuSeconds: () => server.cpuSeconds(),
    request: plainRequest,
    createBucket: async () => {},
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}
