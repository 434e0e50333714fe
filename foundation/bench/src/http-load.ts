// Loads an HTTP server over a number of kept-alive connections, each of which sends the next request as soon as it has
// the response to the last (a closed loop), and records how long each took. At a fixed rate: http-rate-load.ts.
//
// It runs in the bench's own process: its CPU time is not the server's. Requests are given as finished bytes, so that
// signing them costs nothing while the server is measured.

import assert from 'node:assert/strict';
import { type HttpAddress, HttpConnection, type PreparedRequest } from './http-connection.ts';
import type { HttpResponse } from './http-response-reader.ts';
import { type HttpLoadResult, LoadRecord } from './load-record.ts';

export type HttpLoadOptions = HttpAddress & {
  readonly connections: number;
  /** The request with this number, counted from 0 over all connections. The same bytes may be returned many times. */
  readonly request: (index: number) => PreparedRequest;
  /** How many requests to send, or for how long to go on. */
  readonly until: { readonly requests: number } | { readonly durationMs: number };
  /** Which statuses are as wanted; 200-299 by default. Any other ends the load with an error that quotes the response. */
  readonly isExpected?: (status: number) => boolean;
  /** Called when all connections are open and the clock starts. */
  readonly onStart?: () => void;
};

/** Runs the load to its end. Rejects at the first unexpected status, malformed response or broken connection. */
export async function loadHttp(options: HttpLoadOptions): Promise<HttpLoadResult> {
  assert(options.connections > 0, `a load needs a connection, not ${options.connections}`);
  const { connections: count } = options;
  const connections = await Promise.all(Array.from({ length: count }, () => HttpConnection.open(options)));
  options.onStart?.();
  const load = new ClosedLoop(options);
  await Promise.all(connections.map((connection) => load.run(connection)));
  return load.record.result();
}

class ClosedLoop {
  readonly #options: HttpLoadOptions;
  readonly record: LoadRecord;
  #started = 0;
  #failed = false;

  constructor(options: HttpLoadOptions) {
    this.#options = options;
    this.record = new LoadRecord(options.isExpected);
  }

  /** Sends over this connection, and over those that take its place, until the load ends. */
  async run(connection: HttpConnection): Promise<void> {
    for (let current: HttpConnection | undefined = connection; current !== undefined; ) {
      const isClosed: boolean = await this.#runConnection(current);
      current = isClosed && this.#mayStart() ? await HttpConnection.open(this.#options) : undefined;
    }
  }

  /** Whether it ended because the server does not keep the connection alive. */
  #runConnection(connection: HttpConnection): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    let startMs = 0;
    const next = (): void => {
      if (!this.#mayStart()) {
        resolve(false);
        return;
      }
      const request = this.#options.request(this.#started++);
      startMs = performance.now();
      connection.send(request, events);
    };
    const onFailure = (error: Error): void => {
      this.#failed = true;
      reject(error);
    };
    const onResponse = (response: HttpResponse): void => {
      try {
        this.record.add(response, performance.now() - startMs);
        if (response.keepAlive) next();
        else resolve(true);
      } catch (error) {
        onFailure(error as Error);
      }
    };
    const events = { onResponse, onFailure };
    next();
    return promise.finally(() => connection.close());
  }

  #mayStart(): boolean {
    const { until } = this.#options;
    if (this.#failed) return false;
    if ('requests' in until) return this.#started < until.requests;
    return performance.now() - this.record.startMs < until.durationMs;
  }
}
