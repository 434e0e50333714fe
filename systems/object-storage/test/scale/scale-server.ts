// `cairn up` as a process of its own, with what a load against it needs: its address, its memory, signed requests.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type HttpLoadResult, loadHttp, type PreparedRequest, startServer } from '@cairn/bench';
import { cleanUpAfter, RawClient, type RawResponse, temporaryDirectory } from '@cairn/testing';
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

  private constructor(pid: number, port: number) {
    this.#pid = pid;
    this.#port = port;
  }

  /** It ends with the test. */
  static async start(test: { after(cleanUp: () => Promise<void>): void }): Promise<ScaleServer> {
    const data = await temporaryDirectory(test);
    const ports = ['--set', 'object-storage.s3.port=0', '--set', 'service.port=0'];
    const server = await startServer({
      command: process.execPath,
      args: [
        cairn,
        'up',
        '--only',
        'object-storage',
        '--data',
        data,
        '--set',
        'service.log.level=error',
        ...ports,
      ],
      environment: {
        CAIRN_ROOT_ACCESS_KEY: credentials.accessKeyId,
        CAIRN_ROOT_SECRET_KEY: credentials.secret,
      },
      ready: /^object-storage s3 http:\/\/127\.0\.0\.1:(\d+)/,
    });
    cleanUpAfter(test, () => server.stop());
    return new ScaleServer(server.pid, Number(server.readyMatch[1]));
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

  /** Resident memory of the process. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }
}
