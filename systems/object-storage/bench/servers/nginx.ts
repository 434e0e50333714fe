// nginx with one worker per core: static files by sendfile, and WebDAV PUT, without any sync.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer } from '@cairn/bench';
import { findProgram, freePort } from '@cairn/testing';
import { plainRequest } from './plain-request.ts';
import type { Server, ServerKind } from './server.ts';

export const nginx: ServerKind = {
  name: 'nginx',
  version: async () => {
    const program = findProgram('nginx', ['/usr/sbin']);
    if (program === undefined) return undefined;
    const { stderr } = await promisify(execFile)(program, ['-v']); // "nginx version: nginx/1.22.1"
    return stderr.trim().split('/').at(-1);
  },
  start: startNginx,
};

async function startNginx(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-bench-nginx-'));
  const files = join(directory, 'files');
  const port = await freePort();
  await mkdir(files);
  const configuration = join(directory, 'nginx.conf');
  await writeFile(configuration, nginxConfiguration(directory, port));
  const process = await startServer({
    command: findProgram('nginx', ['/usr/sbin'])!,
    args: ['-c', configuration, '-p', directory, '-g', 'daemon off;'],
    ready: /start worker process/,
  });
  return {
    port,
    cpuSeconds: () => process.cpuSeconds(),
    request: plainRequest,
    createBucket: async (bucket) => void (await mkdir(join(files, bucket))),
    stop: async () => {
      await process.stop();
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
    events { worker_connections 2048; }
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
        dav_methods PUT DELETE;
      }
    }
  `;
}
