// Loads an HTTP server over a number of kept-alive connections, each of which sends the next request as soon as it has
// the response to the last (a closed loop), and records how long each took.
//
// It runs in the bench's own process: its CPU time is not the server's. Requests are given as finished bytes, so that
// signing them costs nothing while the server is measured.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { type HttpResponse, HttpResponseReader } from './http-response-reader.ts';

/** The bytes of one request: request line, headers, empty line, body; in one piece or several. */
export type PreparedRequest = Uint8Array | readonly Uint8Array[];

export type HttpLoadOptions = {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** The request with this number, counted from 0 over all connections. The same bytes may be returned many times. */
  readonly request: (index: number) => PreparedRequest;
  /** How many requests to send, or for how long to go on. */
  readonly until: { readonly requests: number } | { readonly durationMs: number };
  /** Which statuses are as wanted; 200-299 by default. Any other ends the load with an error that quotes the response. */
  readonly isExpected?: (status: number) => boolean;
};

export type HttpLoadResult = {
  readonly requests: number;
  readonly wallSeconds: number;
  readonly perWallSecond: number;
  readonly responseBodyBytes: number;
  readonly statuses: ReadonlyMap<number, number>;
  readonly latency: LatencySummary;
};

/** Milliseconds from the first byte sent to the last byte received. */
export type LatencySummary = {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
};

/** Runs the load to its end. Rejects at the first unexpected status, malformed response or broken connection. */
export async function loadHttp(options: HttpLoadOptions): Promise<HttpLoadResult> {
  assert(options.connections > 0, `a load needs a connection, not ${options.connections}`);
  const load = new Load(options);
  await Promise.all(Array.from({ length: options.connections }, () => load.runConnection()));
  return load.result();
}

class Load {
  readonly #options: HttpLoadOptions;
  readonly #latencies: RecordableHistogram = createHistogram();
  readonly #statuses = new Map<number, number>();
  readonly #start = performance.now();
  #started = 0;
  #completed = 0;
  #responseBodyBytes = 0;
  #failed = false;

  constructor(options: HttpLoadOptions) {
    this.#options = options;
  }

  async runConnection(): Promise<void> {
    let connection: Connection | undefined;
    try {
      for (let index = this.#next(); index !== undefined; index = this.#next()) {
        connection ??= await Connection.open(this.#options);
        const start = performance.now();
        const response = await connection.exchange(this.#options.request(index));
        this.#record(response, performance.now() - start);
        if (!response.keepAlive) {
          connection.close();
          connection = undefined;
        }
      }
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      connection?.close();
    }
  }

  result(): HttpLoadResult {
    const wallSeconds = (performance.now() - this.#start) / 1000;
    return {
      requests: this.#completed,
      wallSeconds,
      perWallSecond: this.#completed / wallSeconds,
      responseBodyBytes: this.#responseBodyBytes,
      statuses: this.#statuses,
      latency: summarize(this.#latencies),
    };
  }

  #next(): number | undefined {
    const { until } = this.#options;
    if (this.#failed) return undefined;
    if ('requests' in until && this.#started >= until.requests) return undefined;
    if ('durationMs' in until && performance.now() - this.#start >= until.durationMs) return undefined;
    return this.#started++;
  }

  #record(response: HttpResponse, elapsedMs: number): void {
    const isExpected = this.#options.isExpected ?? ((status) => status >= 200 && status < 300);
    if (!isExpected(response.status)) {
      throw new Error(`the server answered ${response.status}: ${response.bodyStart.toString()}`);
    }
    this.#completed++;
    this.#responseBodyBytes += response.bodyBytes;
    this.#statuses.set(response.status, (this.#statuses.get(response.status) ?? 0) + 1);
    this.#latencies.record(Math.max(1, Math.round(elapsedMs * nanosecondsPerMs)));
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #reader = new HttpResponseReader();
  #waiting: PromiseWithResolvers<HttpResponse> | undefined;

  static async open(address: { readonly host: string; readonly port: number }): Promise<Connection> {
    const socket = connect({ host: address.host, port: address.port, noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () =>
      this.#waiting?.reject(new Error('the server closed the connection in mid-response')),
    );
  }

  exchange(request: PreparedRequest): Promise<HttpResponse> {
    const pieces = request instanceof Uint8Array ? [request] : request;
    this.#reader.expect({ toHead: startsWithHead(pieces[0]) });
    this.#waiting = Promise.withResolvers();
    if (this.#socket.destroyed)
      this.#waiting.reject(new Error('the server closed the connection between requests'));
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    try {
      const response = this.#reader.push(bytes);
      if (response !== undefined) this.#waiting?.resolve(response);
    } catch (error) {
      this.#waiting?.reject(error);
    }
  }
}

function startsWithHead(piece: Uint8Array | undefined): boolean {
  return piece !== undefined && Buffer.from(piece.subarray(0, 5)).toString('latin1') === 'HEAD ';
}

function summarize(latencies: RecordableHistogram): LatencySummary {
  const percentileMs = (percentile: number) => latencies.percentile(percentile) / nanosecondsPerMs;
  return {
    meanMs: latencies.mean / nanosecondsPerMs,
    p50Ms: percentileMs(50),
    p90Ms: percentileMs(90),
    p99Ms: percentileMs(99),
    p999Ms: percentileMs(99.9),
    maxMs: latencies.max / nanosecondsPerMs,
  };
}

const nanosecondsPerMs = 1e6;
