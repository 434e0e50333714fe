// Loads a server with messages over one or more plain sockets. A closed loop keeps a number of messages unacknowledged and
// tells the rate; an open one sends at a fixed rate and tells how long each took. In an open loop a request never waits
// for the answer to another, so a server that stalls shows that to all that were due meanwhile; timers are exact to a
// millisecond, which delays a request and not its measurement.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { host } from '../servers/server.ts';
import type { Publishing } from './publishing.ts';

export type PublishOptions = {
  readonly connections?: number;
  /** Messages that may be unacknowledged at the same time, over all connections. */
  readonly window: number;
  readonly until: { readonly messages: number } | { readonly durationMs: number };
  /** Called when all connections are open and the clock starts. */
  readonly onStart?: () => void;
};

export type PublishResult = { readonly messages: number; readonly wallSeconds: number };

/** Sends as fast as the server acknowledges; resolves when all that was sent is. */
export async function publish(publishing: Publishing, options: PublishOptions): Promise<PublishResult> {
  const { connections: count = 1, window, until, onStart } = options;
  const connections = await openAll(publishing, count);
  onStart?.();
  const startMs = performance.now();
  const isOver = (messages: number): boolean =>
    'messages' in until ? messages >= until.messages : performance.now() - startMs >= until.durationMs;
  let sent = 0;
  let requests = 0;
  const run = (connection: PublishConnection): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const share = Math.max(publishing.messages, Math.floor(window / count));
    let open = 0;
    const fill = (): void => {
      while (open + publishing.messages <= share && !isOver(sent)) {
        connection.send(publishing.request(requests++));
        open += publishing.messages;
        sent += publishing.messages;
      }
      if (open === 0) resolve();
    };
    connection.listen({
      onAcknowledged: (messages) => {
        open -= messages;
        fill();
      },
      onFailure: reject,
    });
    fill();
    return promise;
  };
  try {
    await Promise.all(connections.map(run));
    return { messages: sent, wallSeconds: (performance.now() - startMs) / 1000 };
  } finally {
    for (const connection of connections) connection.close();
  }
}

export type Latency = { readonly p50Ms: number; readonly p99Ms: number };

/** Sends requests of one message at a fixed rate over one connection, and resolves when all are acknowledged. */
export async function publishAtRate(
  publishing: Publishing,
  { ratePerSecond, messages }: { readonly ratePerSecond: number; readonly messages: number },
): Promise<Latency> {
  const [connection] = await openAll(publishing, 1);
  const histogram = createHistogram();
  const sentMs: number[] = [];
  let acknowledged = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const startMs = performance.now();
  const sendDue = (): void => {
    const due = Math.min(messages, ((performance.now() - startMs) * ratePerSecond) / 1000);
    while (sentMs.length < due) {
      sentMs.push(performance.now());
      connection!.send(publishing.request(sentMs.length - 1));
    }
  };
  const timer = setInterval(sendDue, 1);
  connection!.listen({
    onAcknowledged: (count) => {
      const nowMs = performance.now();
      for (let each = 0; each < count; each++)
        histogram.record(Math.max(1, Math.round((nowMs - sentMs[acknowledged++]!) * nanosecondsPerMs)));
      if (acknowledged === messages) resolve();
    },
    onFailure: reject,
  });
  try {
    await promise;
    return {
      p50Ms: histogram.percentile(50) / nanosecondsPerMs,
      p99Ms: histogram.percentile(99) / nanosecondsPerMs,
    };
  } finally {
    clearInterval(timer);
    connection!.close();
  }
}

const nanosecondsPerMs = 1e6;

type PublishEvents = { onAcknowledged(messages: number): void; onFailure(error: Error): void };

class PublishConnection {
  readonly #socket: Socket;
  readonly #acknowledged: (bytes: Buffer) => number;

  constructor(socket: Socket, publishing: Publishing) {
    this.#socket = socket;
    this.#acknowledged = publishing.acknowledged();
  }

  listen({ onAcknowledged, onFailure }: PublishEvents): void {
    this.#socket.on('error', onFailure);
    this.#socket.on('close', () => onFailure(new Error('the server closed the connection')));
    this.#socket.on('data', (bytes: Buffer) => {
      try {
        const messages = this.#acknowledged(bytes);
        if (messages > 0) onAcknowledged(messages);
      } catch (error) {
        onFailure(error as Error);
      }
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }
}

async function openAll(publishing: Publishing, count: number): Promise<readonly PublishConnection[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ host, port: publishing.port, noDelay: true });
      await once(socket, 'connect');
      await publishing.greet?.(socket);
      return new PublishConnection(socket, publishing);
    }),
  );
}
