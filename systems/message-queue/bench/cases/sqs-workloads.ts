// SQS calls as finished, signed bytes over kept-alive connections; and what a bare HTTP server does with the same bytes.

import { type HttpLoadResult, loadHttp, sendRequest } from '@cairn/bench';
import { signedPost } from '../load/signed-post.ts';
import type { HttpServer } from '../servers/bare.ts';
import type { CairnServer } from '../servers/cairn.ts';
import { host, type Server } from '../servers/server.ts';
import type { Workload } from './compare.ts';
import { figures, measured } from './figures.ts';

const connections = 64;
const durationMs = 800;
export const queueName = 'bench';
const { better, of } = figures['msg/CPU-s'];

type Sending = {
  /** In one call. */
  readonly messages: number;
  readonly unit?: 'msg/CPU-s' | 'op/CPU-s';
};

/** Messages of 1 KiB; ten at most in a call, as SQS allows. */
export function sqsSending<S extends Server>(
  portOf: (server: S) => number,
  { messages }: Sending,
): Workload<S> {
  return {
    ...{ unit: 'msg/CPU-s', better },
    prepare: async (server, { tiny }) => {
      const port = portOf(server);
      await call(port, 'CreateQueue', { QueueName: queueName });
      await warmUp(port, sendRequestOf(port, messages), tiny);
    },
    measure: async (server, { tiny }) => {
      const port = portOf(server);
      const request = sendRequestOf(port, messages);
      const until = tiny ? { requests: 8 } : { durationMs };
      return of(
        await measured(server, async (onStart) => {
          const load = await loadHttp({ host, port, connections, until, onStart, request: () => request });
          return requireWhole(load) * messages;
        }),
      );
    },
  };
}

export const toCairn = (server: CairnServer): number => server.sqsPort;
export const toPort = (server: HttpServer): number => server.port;

/** The same bytes to a server that throws them away. */
export const barePosting: Workload<HttpServer> = {
  ...sqsSending(toPort, { messages: 1 }),
  prepare: async ({ port }, { tiny }) => warmUp(port, sendRequestOf(port, 1), tiny),
};

/** A server that just started runs slow code for some 20,000 requests, one that runs for days never does. */
async function warmUp(port: number, request: Buffer, tiny: boolean): Promise<void> {
  const until = { requests: tiny ? 1 : 30_000 };
  await loadHttp({ host, port, connections, until, request: () => request });
}

function sendRequestOf(port: number, messages: number): Buffer {
  const QueueUrl = queueUrl(port);
  const body = 'x'.repeat(1024);
  if (messages === 1)
    return signedPost({ port, operation: 'SendMessage', input: { QueueUrl, MessageBody: body } });
  const Entries = Array.from({ length: messages }, (_, index) => ({ Id: `id-${index}`, MessageBody: body }));
  return signedPost({ port, operation: 'SendMessageBatch', input: { QueueUrl, Entries } });
}

function queueUrl(port: number): string {
  return `http://${host}:${port}/000000000000/${queueName}`;
}

async function call(port: number, operation: string, input: unknown): Promise<void> {
  const { status, body } = await sendRequest({ host, port }, signedPost({ port, operation, input }));
  if (status !== 200) throw new Error(`${operation} was answered ${status}: ${body}`);
}

function requireWhole({ requests, statuses }: HttpLoadResult): number {
  if (statuses.get(200) !== requests) throw new Error(`not all were answered 200: ${[...statuses]}`);
  return requests;
}
