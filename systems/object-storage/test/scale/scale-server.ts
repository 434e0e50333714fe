// `cairn up` as a process of its own, with what a load against it needs: its address, its memory, signed requests.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type HttpLoadResult, loadHttp, type PreparedRequest, startServer } from '@cairn/bench';
import { cleanUpAfter, freePort, RawClient, type RawResponse, temporaryDirectory } from '@cairn/testing';
import { signedRequest } from '../../bench/signed-request.ts';

const credentials = {
  accessKeyId: 'CAIRNSCALEKEY0000000',
  secret: 'a-secret-only-for-this-test-0123456789abcd',
} as const;
const cairn = fileURLToPath(new URL('../../../../apps/cairn/bin/cairn.js', import.meta.url));

export type Request = {
  readonly method: string;
  readonly target: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
};

export class ScaleServer {
  readonly #pid: number;
  readonly #port: number;
  readonly #servicePort: number;

  private constructor({ pid, port, servicePort }: { pid: number; port: number; servicePort: number }) {
    this.#pid = pid;
    this.#port = port;
    this.#servicePort = servicePort;
  }

  /** It ends with the test. `settings` as `cairn up --set` takes them. */
  static async start(
    test: { after(cleanUp: () => Promise<void>): void },
    settings: readonly string[] = [],
  ): Promise<ScaleServer> {
    const data = await temporaryDirectory(test);
    const servicePort = await freePort();
    const set = ['object-storage.s3.port=0', `service.port=${servicePort}`, 'service.log.level=error'];
    const server = await startServer({
      command: process.execPath,
      args: [
        ...[cairn, 'up', '--only', 'object-storage', '--data', data],
        ...[...set, ...settings].flatMap((setting) => ['--set', setting]),
      ],
      environment: {
        CAIRN_ROOT_ACCESS_KEY: credentials.accessKeyId,
        CAIRN_ROOT_SECRET_KEY: credentials.secret,
      },
      ready: /^object-storage s3 http:\/\/127\.0\.0\.1:(\d+)/,
    });
    cleanUpAfter(test, () => server.stop());
    return new ScaleServer({ pid: server.pid, port: Number(server.readyMatch[1]), servicePort });
  }

  signed(request: Request): PreparedRequest {
    return signedRequest({ ...request, host: `127.0.0.1:${this.#port}`, credentials });
  }

  load(options: {
    readonly connections: number;
    readonly requests: number;
    readonly request: (index: number) => Request;
  }): Promise<HttpLoadResult> {
    return loadHttp({
      host: '127.0.0.1',
      port: this.#port,
      connections: options.connections,
      request: (index) => this.signed(options.request(index)),
      until: { requests: options.requests },
    });
  }

  /** One request on a connection of its own. */
  async ask(request: Request): Promise<RawResponse> {
    const client = await RawClient.connect(this.#port);
    try {
      for (const piece of [this.signed(request)].flat()) client.send(piece as Uint8Array);
      return await client.response({ withoutBody: request.method === 'HEAD' });
    } finally {
      client.close();
    }
  }

  /** The sample of the server's metrics that is written so, labels included; 0 where it has not been counted yet. */
  async metric(sample: string): Promise<number> {
    const metrics = await (await fetch(`http://127.0.0.1:${this.#servicePort}/metrics`)).text();
    const line = metrics.split('\n').find((some) => some.startsWith(`${sample} `));
    return line === undefined ? 0 : Number(line.slice(sample.length));
  }

  /** Resident memory of the process. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }
}
