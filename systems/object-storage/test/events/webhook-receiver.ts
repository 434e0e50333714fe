// A webhook's receiver on a free port, which answers as a test says, and keeps what it was sent.

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from '@cairn/testing';
import type { EventRecord } from '../../src/events/event-record.ts';

export type Received = {
  readonly headers: Readonly<IncomingMessage['headers']>;
  readonly url: string;
  readonly body: string;
  readonly records: readonly EventRecord[];
};

/** Answers a request; what is returned before it is over has been taken. */
export type Answer = (response: ServerResponse, received: Received) => void;

export type WebhookReceiver = {
  readonly url: string;
  readonly port: number;
  /** Requests that came, however they were answered. */
  readonly requests: readonly Received[];
  /** Names and keys of records that were answered 200, in their order: `ObjectCreated:Put a`. */
  readonly taken: readonly string[];
  answer: Answer;
  /** Until so many records were taken. */
  took(records: number): Promise<void>;
  close(): Promise<void>;
};

export const accept: Answer = (response) => void response.end('thank you');

export type ReceiverOptions = {
  /** A free one when absent. */
  readonly port?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
};

export async function startReceiver(t: TestContext, options: ReceiverOptions = {}): Promise<WebhookReceiver> {
  const requests: Received[] = [];
  const taken: string[] = [];
  let waiting: { records: number; resolve: () => void }[] = [];
  const listener: RequestListener = async (request, response) => {
    const received = await read(request).catch(() => undefined);
    if (received === undefined) return;
    requests.push(received);
    response.on('finish', () => {
      if (response.statusCode !== 200) return;
      taken.push(...received.records.map(({ eventName, s3 }) => `${eventName} ${s3.object.key}`));
      for (const { resolve } of waiting.filter(({ records }) => records <= taken.length)) resolve();
      waiting = waiting.filter(({ records }) => records > taken.length);
    });
    receiver.answer(response, received);
  };
  const server: Server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => void server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: WebhookReceiver = {
    ...{ url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`, port, requests, taken },
    answer: accept,
    took(records) {
      if (taken.length >= records) return Promise.resolve();
      return new Promise((resolve) => void waiting.push({ records, resolve }));
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
  t.after(() => receiver.close());
  return receiver;
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const { Records: records } = JSON.parse(body) as { Records: EventRecord[] };
  return { headers: request.headers, url: request.url ?? '', body, records };
}
