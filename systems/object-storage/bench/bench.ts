// Object storage against nginx, a bare node:http server, and limits. `npm run bench -w systems/object-storage`.
//
// Every request is signed and carries `UNSIGNED-PAYLOAD`, unless a case says otherwise. Rates are per CPU second of all
// the server's processes unless the case says wall. A peer's case is what comes nearest: nginx serves a static file, or
// stores one by WebDAV without any sync.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type BenchCase,
  type BenchContext,
  loadHttp,
  type Peer,
  type PreparedRequest,
  runBench,
  type ServerProcess,
  startServer,
} from '@cairn/bench';
import { findProgram } from '@cairn/testing';
import { type RunningPeer, startBareServer, startNginx } from './peer-servers.ts';
import { signedRequest } from './signed-request.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const bucket = 'bench';
const credentials = {
  accessKeyId: 'CAIRNBENCHKEY0000000',
  secret: 'a-secret-only-for-this-benchmark-run-40-c',
};
const cairn = fileURLToPath(new URL('../../../apps/cairn/bin/cairn.js', import.meta.url));

type Ours = { readonly server: ServerProcess; readonly port: number; stop(): Promise<void> };

let ours: Ours;
let peer: RunningPeer | undefined;

async function startOurs(): Promise<Ours> {
  const data = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
  const server = await startServer({
    command: process.execPath,
    args: [
      cairn,
      ...['up', '--only', 'object-storage', '--data', data],
      ...['--set', 'object-storage.s3.port=0', '--set', 'service.port=0'],
    ],
    environment: {
      CAIRN_ROOT_ACCESS_KEY: credentials.accessKeyId,
      CAIRN_ROOT_SECRET_KEY: credentials.secret,
    },
    ready: /^object-storage s3 http:\/\/127\.0\.0\.1:(\d+)/,
  });
  const port = Number(server.readyMatch[1]);
  const stop = async () => {
    await server.stop();
    await rm(data, { recursive: true });
  };
  return { server, port, stop };
}

function requestTo(
  target: string,
  options: { method?: string; body?: Uint8Array; signPayload?: boolean } = {},
) {
  const host = `127.0.0.1:${ours.port}`;
  return signedRequest({ method: 'GET', host, target, credentials, ...options });
}

async function once(request: PreparedRequest): Promise<void> {
  const { port } = ours;
  await loadHttp({ host: '127.0.0.1', port, connections: 1, request: () => request, until: { requests: 1 } });
}

function plainRequest(method: string, target: string, body: Uint8Array = Buffer.alloc(0)): PreparedRequest {
  const head = `${method} ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${body.byteLength}\r\n\r\n`;
  return [Buffer.from(head), body];
}

type Load = {
  readonly connections: number;
  readonly request: (index: number) => PreparedRequest;
  /** What one request counts for, in the case's unit. */
  readonly amount: number;
  readonly per: 'cpu' | 'wall';
};

async function rate(
  target: { server: ServerProcess; port: number },
  load: Load,
  { tiny }: BenchContext,
): Promise<number> {
  const { value, cpuSeconds, wallSeconds } = await target.server.measure(() =>
    loadHttp({
      host: '127.0.0.1',
      port: target.port,
      connections: load.connections,
      request: load.request,
      until: tiny ? { requests: 200 } : { durationMs: 1_500 },
    }),
  );
  // A tiny run may be shorter than the 10 ms in which the system counts.
  const seconds = load.per === 'cpu' ? Math.max(cpuSeconds, 0.01) : wallSeconds;
  return (value.requests * load.amount) / seconds;
}

type CaseOptions = {
  readonly name: string;
  readonly unit: string;
  readonly load: () => Load;
  readonly prepare?: (context: BenchContext) => Promise<void>;
  readonly goal?: number;
  readonly peer?: CasePeer;
};

type CasePeer = {
  readonly name: string;
  readonly program?: string;
  readonly start: () => Promise<RunningPeer>;
  readonly request: PreparedRequest | ((index: number) => PreparedRequest);
};

function httpCase(options: CaseOptions): BenchCase {
  let load: Load;
  return {
    name: options.name,
    unit: options.unit,
    better: 'more',
    ...(options.goal === undefined ? {} : { goal: options.goal }),
    prepare: async (context) => {
      ours = await startOurs();
      await once(requestTo(`/${bucket}`, { method: 'PUT' }));
      await options.prepare?.(context);
      load = options.load();
    },
    ours: (context) => rate(ours, load, context),
    ...(options.peer === undefined ? {} : { peer: runPeer(options.peer, () => load) }),
    cleanup: async () => {
      await peer?.stop();
      peer = undefined;
      await ours.stop();
    },
  };
}

/** What `PROGRAM -v` says, on whichever stream; undefined when it is not installed. */
async function versionOf(program: string): Promise<string | undefined> {
  const path = findProgram(program, ['/usr/sbin']);
  if (path === undefined) return undefined;
  const { stdout, stderr } = await promisify(execFile)(path, ['-v']);
  return `${stdout}${stderr}`.trim().split(/[ /]/).at(-1);
}

/** The peer gets the same load with requests of its own. */
function runPeer(casePeer: CasePeer, load: () => Load): Peer {
  const { program, request, start } = casePeer;
  return {
    name: casePeer.name,
    version: async () => (program === undefined ? process.version : versionOf(program)),
    run: async (context) => {
      peer ??= await start();
      return rate(
        peer,
        { ...load(), request: typeof request === 'function' ? request : () => request },
        context,
      );
    },
  };
}

function getCase(
  name: string,
  sizeBytes: number,
  options: Pick<CaseOptions, 'unit' | 'goal' | 'peer'> & Pick<Load, 'amount' | 'per'>,
): BenchCase {
  return httpCase({
    name,
    ...options,
    prepare: () =>
      once(requestTo(`/${bucket}/object`, { method: 'PUT', body: Buffer.alloc(sizeBytes, 'x') })),
    load: () => {
      const request = requestTo(`/${bucket}/object`);
      return { connections: 32, request: () => request, amount: options.amount, per: options.per };
    },
  });
}

function putCase(
  name: string,
  sizeBytes: number,
  options: Pick<CaseOptions, 'unit' | 'goal' | 'peer'> &
    Pick<Load, 'connections' | 'amount' | 'per'> & { signPayload?: boolean },
): BenchCase {
  const { signPayload = false } = options;
  return httpCase({
    name,
    ...options,
    load: () => {
      const body = Buffer.alloc(sizeBytes, 'x');
      // Signatures are good for 15 minutes: enough keys for a run, each put many times.
      const requests = Array.from({ length: 1_000 }, (_, key) =>
        requestTo(`/${bucket}/key-${key}`, { method: 'PUT', body, signPayload }),
      );
      return { ...options, request: (index) => requests[index % requests.length]! };
    },
  });
}

const nginx = (files: Readonly<Record<string, Uint8Array>>, request: CasePeer['request']) => ({
  name: 'nginx',
  program: 'nginx',
  start: () => startNginx(files),
  request,
});
const bare = (request: CasePeer['request']) => ({ name: 'node:http', start: startBareServer, request });
const davPut = (sizeBytes: number) => {
  const body = Buffer.alloc(sizeBytes, 'x');
  const requests = Array.from({ length: 1_000 }, (_, key) => plainRequest('PUT', `/key-${key}`, body));
  return (index: number) => requests[index % requests.length]!;
};

await runBench({
  name: 'object-storage',
  file: import.meta.url,
  cases: [
    getCase('get-4kib-vs-hello', 4 * KiB, {
      unit: 'op/CPU-s',
      amount: 1,
      per: 'cpu',
      goal: 0.4,
      peer: bare(plainRequest('GET', '/')),
    }),
    getCase('get-4kib-vs-nginx', 4 * KiB, {
      unit: 'op/CPU-s',
      amount: 1,
      per: 'cpu',
      peer: nginx({ object: Buffer.alloc(4 * KiB, 'x') }, plainRequest('GET', '/object')),
    }),
    getCase('get-1mib-wall', MiB, {
      unit: 'MB/s wall',
      amount: MiB / 1e6,
      per: 'wall',
      goal: 0.4,
      peer: nginx({ object: Buffer.alloc(MiB, 'x') }, plainRequest('GET', '/object')),
    }),
    putCase('put-4kib-wall', 4 * KiB, {
      unit: 'op/s wall',
      connections: 64,
      amount: 1,
      per: 'wall',
      goal: 5,
      peer: nginx({}, davPut(4 * KiB)),
    }),
    putCase('put-4kib-vs-bare', 4 * KiB, {
      unit: 'op/CPU-s',
      connections: 64,
      amount: 1,
      per: 'cpu',
      goal: 0.6,
      peer: bare(plainRequest('PUT', '/', Buffer.alloc(4 * KiB, 'x'))),
    }),
    putCase('put-4kib-signed-vs-bare', 4 * KiB, {
      unit: 'op/CPU-s',
      connections: 64,
      amount: 1,
      per: 'cpu',
      signPayload: true,
      peer: bare(plainRequest('PUT', '/', Buffer.alloc(4 * KiB, 'x'))),
    }),
    putCase('put-1mib-vs-bare', MiB, {
      unit: 'MB/CPU-s',
      connections: 32,
      amount: MiB / 1e6,
      per: 'cpu',
      goal: 1 / 1.4,
      peer: bare(plainRequest('PUT', '/', Buffer.alloc(MiB, 'x'))),
    }),
    listCase(),
  ],
});

/** Keys per CPU second of listing 1,000 of 10,000. Its peer, radosgw, is too heavy for this bench: none. */
function listCase(): BenchCase {
  const pages = 10;
  return httpCase({
    name: 'list-1000-keys',
    unit: 'keys/CPU-s',
    prepare: async ({ tiny }) => {
      const { port } = ours;
      const requests = Array.from({ length: tiny ? 1_000 : pages * 1_000 }, (_, key) =>
        requestTo(`/${bucket}/folder/key-${String(key).padStart(6, '0')}`, {
          method: 'PUT',
          body: Buffer.from('x'),
        }),
      );
      const until = { requests: requests.length };
      await loadHttp({
        host: '127.0.0.1',
        port,
        connections: 64,
        request: (index) => requests[index]!,
        until,
      });
    },
    load: () => {
      const requests = Array.from({ length: pages }, (_, page) =>
        requestTo(`/${bucket}?list-type=2&start-after=folder%2Fkey-${String(page * 1_000).padStart(6, '0')}`),
      );
      return { connections: 8, request: (index) => requests[index % pages]!, amount: 1_000, per: 'cpu' };
    },
  });
}
