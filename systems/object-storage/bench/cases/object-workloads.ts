// Getting and putting objects of one size, as workloads of any server.

import type { BenchContext, PreparedRequest } from '@cairn/bench';
import { send } from '../servers/server.ts';
import { bucket, type Workload } from './compare.ts';
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
