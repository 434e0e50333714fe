// `cairn up` with the backup service and object storage, as a process on ports of its own: killed with SIGKILL, and started
// again on what it left.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanUpAfter, freePort, type TestContext, temporaryDirectory } from '@cairn/testing';

const program = fileURLToPath(new URL('../../../apps/cairn/bin/cairn.js', import.meta.url));

export const serverCredentials = {
  accessKeyId: 'CAIRNBACKUPKEY000000',
  secretAccessKey: 'a-secret-only-for-these-tests-0123456789ab',
} as const;

export class CairnServer {
  readonly #data: string;
  readonly #ports: { readonly service: number; readonly s3: number };
  #child: ChildProcess | undefined;

  private constructor(data: string, ports: { readonly service: number; readonly s3: number }) {
    this.#data = data;
    this.#ports = ports;
  }

  /** Killed when the test ends. */
  static async start(t: TestContext): Promise<CairnServer> {
    const ports = { service: await freePort(), s3: await freePort() };
    const server = new CairnServer(await temporaryDirectory(t), ports);
    cleanUpAfter(t, () => server.kill());
    await server.start();
    return server;
  }

  get dataDirectory(): string {
    return this.#data;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const { service, s3 } = this.#ports;
    const sets = [`service.port=${service}`, `object-storage.s3.port=${s3}`];
    const flags = ['--data', this.#data, ...sets.flatMap((set) => ['--set', set])];
    const only = ['--only', 'backup,object-storage'];
    const child = spawn(process.execPath, [program, 'up', ...only, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        CAIRN_ROOT_ACCESS_KEY: serverCredentials.accessKeyId,
        CAIRN_ROOT_SECRET_KEY: serverCredentials.secretAccessKey,
      },
    });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line !== 'ready') continue;
      child.stdout.resume();
      return;
    }
    throw new Error('cairn up ended before it was ready');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  repositoryUrl(name: string): string {
    return `cairn://127.0.0.1:${this.#ports.service}/${name}`;
  }

  bucketUrl(bucket: string): string {
    return `http://127.0.0.1:${this.#ports.s3}/${bucket}`;
  }

  async createBucket(bucket: string): Promise<void> {
    const url = new URL(this.bucketUrl(bucket));
    const response = await fetch(url, { method: 'PUT', headers: signedHeaders('PUT', url) });
    assert.equal(response.status, 200, await response.text());
  }
}

/** Signature version 4 of a request without a body. */
function signedHeaders(method: string, { host, pathname }: URL): Record<string, string> {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), 'us-east-1', 's3', 'aws4_request'];
  const names = 'host;x-amz-content-sha256;x-amz-date';
  const values = `host:${host}\nx-amz-content-sha256:${hash('')}\nx-amz-date:${time}\n`;
  const request = [method, pathname, '', values, names, hash('')].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(request)].join('\n');
  const key = scope.reduce<string | Buffer>(mac, `AWS4${serverCredentials.secretAccessKey}`);
  const credential = `Credential=${serverCredentials.accessKeyId}/${scope.join('/')}`;
  const signature = `Signature=${mac(key, text).toString('hex')}`;
  return {
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, ${signature}`,
    'x-amz-content-sha256': hash(''),
    'x-amz-date': time,
  };
}
