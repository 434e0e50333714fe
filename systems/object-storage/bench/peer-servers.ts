// The peers, each as a server process of its own on a free port.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServerProcess, startServer } from '@cairn/bench';
import { findProgram, freePort } from '@cairn/testing';

export type RunningPeer = {
  readonly server: ServerProcess;
  readonly port: number;
  stop(): Promise<void>;
};

/** nginx with one worker per core, static files by sendfile and WebDAV PUT, without any sync. */
export async function startNginx(files: Readonly<Record<string, Uint8Array>>): Promise<RunningPeer> {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-bench-nginx-'));
  const port = await freePort();
  await mkdir(join(directory, 'files'));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(directory, 'files', name), bytes);
  const configuration = join(directory, 'nginx.conf');
  await writeFile(configuration, nginxConfiguration(directory, port));
  const server = await startServer({
    command: findProgram('nginx', ['/usr/sbin'])!,
    args: ['-c', configuration, '-p', directory, '-g', 'daemon off;'],
    ready: /start worker process/,
  });
  return {
    server,
    port,
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}

function nginxConfiguration(directory: string, port: number): string {
  return `
    user root;
    pid ${directory}/pid;
    error_log stderr notice;
    worker_processes auto;
    events { worker_connections 1024; }
    http {
      access_log off;
      sendfile on;
      tcp_nopush on;
      keepalive_requests 100000000;
      client_body_temp_path ${directory}/body;
      server {
        listen 127.0.0.1:${port};
        root ${directory}/files;
        client_max_body_size 0;
        dav_methods PUT;
      }
    }
  `;
}

/** A bare node:http server, see bare-server.ts for what it does. */
export async function startBareServer(): Promise<RunningPeer> {
  const server = await startServer({
    command: process.execPath,
    args: [fileURLToPath(new URL('./bare-server.ts', import.meta.url))],
    ready: /^listening (\d+)/,
  });
  return { server, port: Number(server.readyMatch[1]), stop: () => server.stop() };
}
