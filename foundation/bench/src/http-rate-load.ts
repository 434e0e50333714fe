// Loads an HTTP server at a fixed rate, whatever it does (an open loop): request n is due at n / rate, and its time runs
// from then on, not from when its connection was free at last. A server that stalls for 100 ms so shows 100 ms to every
// request of these, where a closed loop would show it to one ("coordinated omission").
//
// Waits for the next due time by asking the event loop again and again: timers are exact to 1 ms only, which is more
// than a response takes. That uses one core.

import assert from 'node:assert/strict';
import { type HttpAddress, HttpConnection, type PreparedRequest } from './http-connection.ts';
import type { HttpResponse } from './http-response-reader.ts';
import { type HttpLoadResult, LoadRecord } from './load-record.ts';

export type HttpRateLoadOptions = HttpAddress & {
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly requests: number;
  /** The request with this number, counted from 0. */
  readonly request: (index: number) => PreparedRequest;
  /** Called when all connections are open and the clock starts. */
  readonly onStart?: () => void;
};

/** Runs the load to its end. Rejects at the first status that is no success, malformed response or broken connection. */
export async function loadHttpAtRate(options: HttpRateLoadOptions): Promise<HttpLoadResult> {
  const { connections: count } = options;
  assert(
    count > 0 && options.ratePerSecond > 0 && options.requests > 0,
    'a load needs connections and requests',
  );
  const connections = await Promise.all(Array.from({ length: count }, () => HttpConnection.open(options)));
  try {
    options.onStart?.();
    return await new OpenLoop(options, connections).run();
  } finally {
    for (const connection of connections) connection.close();
  }
}

class OpenLoop {
  readonly #options: HttpRateLoadOptions;
  readonly #record = new LoadRecord(undefined);
  readonly #end = Promise.withResolvers<HttpLoadResult>();
  readonly #idle: HttpConnection[];
  #started = 0;
  #completed = 0;
  #ended = false;

  constructor(options: HttpRateLoadOptions, connections: readonly HttpConnection[]) {
    this.#options = options;
    this.#idle = [...connections];
  }

  run(): Promise<HttpLoadResult> {
    this.#watch();
    return this.#end.promise;
  }

  #watch(): void {
    if (this.#ended) return;
    this.#sendDue();
    setImmediate(() => this.#watch());
  }

  #sendDue(): void {
    while (this.#idle.length > 0 && this.#started < this.#options.requests) {
      const dueMs = this.#record.startMs + (this.#started * 1000) / this.#options.ratePerSecond;
      if (dueMs > performance.now()) return;
      this.#send(this.#idle.shift()!, dueMs);
    }
  }

  #send(connection: HttpConnection, dueMs: number): void {
    const onFailure = (error: Error): void => {
      this.#ended = true;
      this.#end.reject(error);
    };
    const onResponse = (response: HttpResponse): void => {
      try {
        this.#record.add(response, performance.now() - dueMs);
        if (!response.keepAlive)
          throw new Error('a load at a fixed rate needs connections that are kept alive');
      } catch (error) {
        onFailure(error as Error);
        return;
      }
      this.#idle.push(connection);
      this.#complete();
    };
    connection.send(this.#options.request(this.#started++), { onResponse, onFailure });
  }

  #complete(): void {
    if (++this.#completed < this.#options.requests) return;
    this.#ended = true;
    this.#end.resolve(this.#record.result());
  }
}
