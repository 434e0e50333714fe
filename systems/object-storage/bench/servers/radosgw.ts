// radosgw on the smallest cluster there is: one monitor, one OSD with BlueStore on a file, one gateway, from Debian's
// packages (ceph-mon, ceph-osd, radosgw), all on 127.0.0.1 and without authentication among themselves.
//
// No manager: nothing that a gateway does needs it, and it would use CPU beside the requests. The three others count as
// the peer's server. TCP_NODELAY is set (Debian's default makes each small GET wait 40 ms) and logs are off.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ServerProcess, startServer } from '@cairn/bench';
import { findProgram, freePort } from '@cairn/testing';
import { signedRequest } from '../signed-request.ts';
import { cephConfiguration } from './ceph-configuration.ts';
import { cpuSecondsOf, credentials, host, type Server, type ServerKind, send } from './server.ts';

export const radosgw: ServerKind = {
  name: 'radosgw',
  version: async () => {
    const missing = ['ceph-mon', 'ceph-osd', 'radosgw', 'ceph'].filter(
      (name) => findProgram(name) === undefined,
    );
    if (missing.length > 0) return undefined;
    const { stdout } = await run('radosgw', ['--version']); // "ceph version 16.2.15 (...) pacific (stable)"
    return stdout.split(' ')[2];
  },
  start: startRadosgw,
};

async function startRadosgw(): Promise<Server> {
  const cluster = new Cluster(
    await mkdtemp(join(tmpdir(), 'cairn-bench-ceph-')),
    await freePort(),
    await freePort(),
  );
  try {
    await cluster.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  const server: Server = {
    port: cluster.port,
    cpuSeconds: () => cpuSecondsOf(cluster.processes),
    request: (storageRequest) =>
      signedRequest({ host: `${host}:${cluster.port}`, credentials, ...storageRequest }),
    createBucket: async (bucket) => void (await send(server, { method: 'PUT', target: `/${bucket}` })),
    stop: () => cluster.stop(),
  };
  return server;
}

class Cluster {
  readonly processes: ServerProcess[] = [];
  readonly port: number;
  readonly #directory: string;
  readonly #monitorPort: number;

  constructor(directory: string, port: number, monitorPort: number) {
    this.#directory = directory;
    this.port = port;
    this.#monitorPort = monitorPort;
  }

  async start(): Promise<void> {
    await this.#makeMonitor();
    await this.#spawn('ceph-mon', ['--id', 'a']);
    await this.#makeDisk();
    await this.#spawn('ceph-osd', ['--id', '0']);
    await until(async () => / 1 up/.test(await this.#ceph('osd', 'stat')));
    await this.#makeUser();
    await this.#spawn('radosgw', ['--name', 'client.admin']);
    await until(async () => (await fetch(`http://${host}:${this.port}/`)).ok);
  }

  async stop(): Promise<void> {
    for (const process of this.processes.reverse()) await process.stop();
    await rm(this.#directory, { recursive: true });
  }

  get #configuration(): string {
    return join(this.#directory, 'ceph.conf');
  }

  async #makeMonitor(): Promise<void> {
    const keys = join(this.#directory, 'keyring');
    const map = join(this.#directory, 'monmap');
    const cluster = randomUUID();
    const ports = { monitorPort: this.#monitorPort, gatewayPort: this.port };
    await writeFile(
      this.#configuration,
      cephConfiguration({ cluster, directory: this.#directory, ...ports }),
    );
    for (const name of ['monitor', 'disk', 'gateway']) await mkdir(join(this.#directory, name));
    const monitorKey = ['--name', 'mon.', '--cap', 'mon', 'allow *'];
    await run('ceph-authtool', ['--create-keyring', keys, '--gen-key', ...monitorKey]);
    const address = `[v2:${host}:${this.#monitorPort}]`;
    await run('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', address, map]);
    await this.#run('ceph-mon', ['--mkfs', '--id', 'a', '--monmap', map, '--keyring', keys]);
  }

  async #makeDisk(): Promise<void> {
    const disk = randomUUID();
    await until(async () => (await this.#ceph('osd', 'new', disk)).trim() === '0');
    await this.#run('ceph-osd', ['--mkfs', '--id', '0', '--osd-uuid', disk]);
  }

  async #makeUser(): Promise<void> {
    const keys = ['--access-key', credentials.accessKeyId, '--secret', credentials.secret];
    await this.#run('radosgw-admin', [
      'user',
      'create',
      '--uid',
      'bench',
      '--display-name',
      'bench',
      ...keys,
    ]);
  }

  /** These programs do not say when they are ready: whoever starts them asks. */
  async #spawn(program: string, args: readonly string[]): Promise<void> {
    const script = 'echo started && exec "$0" "$@"';
    const command = [script, program, '--conf', this.#configuration, '--foreground', ...args];
    this.processes.push(await startServer({ command: 'sh', args: ['-c', ...command], ready: /^started$/ }));
  }

  async #ceph(...args: readonly string[]): Promise<string> {
    return (await this.#run('ceph', ['--connect-timeout', '5', ...args])).stdout;
  }

  #run(program: string, args: readonly string[]): Promise<{ stdout: string }> {
    return run(program, ['--conf', this.#configuration, ...args]);
  }
}

const run = promisify(execFile);
const attempts = 100;
const pauseMs = 200;

/** Asks until the answer is yes; the last failure is thrown. */
async function until(isReady: () => Promise<boolean>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (await isReady()) return;
      if (attempt >= attempts) throw new Error(`ceph is not ready after ${attempts} questions`);
    } catch (error) {
      if (attempt >= attempts) throw error;
    }
    await sleep(pauseMs);
  }
}
