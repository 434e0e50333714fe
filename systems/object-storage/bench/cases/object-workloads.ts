// Getting and putting objects of one size, as workloads of any server.

import { type BenchContext, loadHttp, type PreparedRequest } from '@cairn/bench';
import { host, send } from '../servers/server.ts';
import { bucket, type Workload } from './compare.ts';
import { fillBucket } from './fill-bucket.ts';
import { type HttpWorkload, httpWorkload } from './http-workload.ts';

type Options = Omit<HttpWorkload, 'prepare' | 'requests' | 'connections'> & {
  readonly sizeBytes: number;
  readonly connections?: number;
};

/** 32 connections read one object. */
export function getWorkload({ sizeBytes, connections = 32, ...options }: Options): Workload {
  const target = `/${bucket}/object`;
  return httpWorkload({
    ...options,
    connections,
    prepare: async (server, context) => {
      await send(server, { method: 'PUT', target, body: Buffer.alloc(sizeIn(context, sizeBytes), 'x') });
    },
    requests: (server) => {
      const request = server.request({ method: 'GET', target });
      return () => request;
    },
  });
}

/** More than memory keeps the bytes of: 160 MiB in objects of 4 KiB. A step without a factor of it visits all, far from each other. */
const manyObjects = 40_000;
const manyStep = 15_013;

/** 32 connections read many objects in turn, each by a request with a signature of its own. */
export function getManyWorkload(options: Omit<Options, 'connections'>): Workload {
  const target = (index: number) => `/${bucket}/many-${index}`;
  const countIn = ({ tiny }: BenchContext) => (tiny ? 100 : manyObjects);
  return httpWorkload({
    ...options,
    connections: 32,
    prepare: (server, context) => {
      const body = Buffer.alloc(sizeIn(context, options.sizeBytes), 'x');
      return fillBucket(server, { count: countIn(context), target, body });
    },
    requests: (server, context) => {
      const count = countIn(context);
      const requests = Array.from({ length: count }, (_, index) =>
        server.request({ method: 'GET', target: target((index * manyStep) % count) }),
      );
      return (index) => requests[index % count]!;
    },
  });
}

/** Small puts before the first measurement: until then a JIT compiler is at work, which costs as much as half of them. */
const warmUpMs = 6_000;
const warmedBytesMax = 64 * 1024;

/** Every request stores under a new name, as uploads do. */
export function putWorkload({
  sizeBytes,
  connections = 32,
  signPayload = false,
  ...options
}: Options & { readonly signPayload?: boolean }): Workload {
  let name = 0;
  return httpWorkload({
    ...options,
    connections,
    prepare: async (server, { tiny }) => {
      if (tiny || sizeBytes > warmedBytesMax) return;
      const body = Buffer.alloc(sizeBytes, 'x');
      const request = () =>
        server.request({ method: 'PUT', target: `/${bucket}/object-${name++}`, body, signPayload });
      await loadHttp({ host, port: server.port, connections, request, until: { durationMs: warmUpMs } });
    },
    requests: (server, context) => {
      const body = Buffer.alloc(sizeIn(context, sizeBytes), 'x');
      const make = () =>
        server.request({ method: 'PUT', target: `/${bucket}/object-${name++}`, body, signPayload });
      const ready = Array.from({ length: context.tiny ? 0 : preparedCount(sizeBytes) }, make);
      return (index): PreparedRequest => ready[index] ?? make();
    },
  });
}

/** About what a fast server takes in one measurement; signing any more costs the load, not the server. */
function preparedCount(sizeBytes: number): number {
  return Math.ceil(Math.min(12_000, 2 ** 30 / sizeBytes));
}

function sizeIn({ tiny }: BenchContext, sizeBytes: number): number {
  return tiny ? Math.min(sizeBytes, tinyBytesMax) : sizeBytes;
}

/** More than one block, and more than one read of a socket. */
const tinyBytesMax = 300 * 1024;
