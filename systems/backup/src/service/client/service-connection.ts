// Requests to the backup service, over connections that are kept open.
//
// node:http and not fetch: bodies are sent as they are, without a copy, and no time is lost in web streams.

import type { Agent as HttpAgent, IncomingMessage, RequestOptions } from 'node:http';
import { BlobsError, type BlobsErrorCode, untilAborted } from '@cairn/engines/blobs';
import { managementPrefix, storePrefix } from '../http/store-protocol.ts';
import type { ServicePlace } from './service-url.ts';

// Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
const [http, https] = [process.getBuiltinModule('node:http'), process.getBuiltinModule('node:https')];

export type ServiceCall = {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below the repository: `objects`. */
  readonly path: string;
  /** In which of the service's two trees of paths; the store's when absent. */
  readonly tree?: 'store' | 'management';
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** What errors say was tried. */
  readonly attempted: string;
  readonly signal?: AbortSignal | undefined;
};

export type ServiceFailure = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
};

/** What the service refused, by its own code. */
export class ServiceRefusal extends Error {
  readonly status: number;
  readonly code: string;
  /** What is wrong, without what was attempted. */
  readonly detail: string | undefined;

  constructor({ status, code, message, detail }: ServiceFailure) {
    super(message);
    this.name = 'ServiceRefusal';
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

export type ServiceTimeouts = {
  readonly connectMs: number;
  /** Without a byte either way. What the management API does may take longer, and is waited for. */
  readonly silenceMs: number;
};

/**
 * A peer that is gone without a word, as behind a network that changed, is not waited for without end. One that has just started
 * lists a repository before it answers: at a thousand packs a page, those of a hundred terabytes in less.
 */
const timeoutsDefault: ServiceTimeouts = { connectMs: 10_000, silenceMs: 300_000 };

export class ServiceConnection {
  readonly #place: ServicePlace;
  readonly #authorization: string;
  readonly #agent: HttpAgent;
  readonly #timeouts: ServiceTimeouts;

  constructor(place: ServicePlace, authorization: string, timeouts: ServiceTimeouts = timeoutsDefault) {
    this.#place = place;
    this.#authorization = authorization;
    this.#timeouts = timeouts;
    const { Agent } = place.origin.startsWith('https:') ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  /**
   * The answer, its body still to be read. Rejects with `ServiceRefusal` for any status from 400 on, with a `BlobsError`
   * `unavailable` when the service cannot be reached or is silent, with what the body fails with, or with the signal's reason.
   */
  async call(call: ServiceCall): Promise<IncomingMessage> {
    call.signal?.throwIfAborted();
    const answer = await this.#exchange(call);
    const { statusCode = 0 } = answer;
    if (statusCode < 400) return answer;
    throw await refusalOf(answer, call);
  }

  /** The same, with the body of the answer: of an index of 30 million packs 1 GiB. */
  async callForBytes(call: ServiceCall): Promise<Buffer> {
    const answer = await this.call(call);
    return readAll(answer, call.attempted, 1024 * MiB);
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(call: ServiceCall): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { request: open } = this.#place.origin.startsWith('https:') ? https : http;
    const request = open(this.#urlOf(call), this.#optionsFor(call));
    const abort = () => request.destroy(call.signal?.reason);
    call.signal?.addEventListener('abort', abort);
    let bodyFailure: { readonly error: unknown } | undefined;
    request.on('error', (cause) => {
      if (bodyFailure !== undefined) reject(bodyFailure.error);
      else reject(call.signal?.aborted ? call.signal.reason : unavailable(call.attempted, cause));
    });
    request.on('close', () => call.signal?.removeEventListener('abort', abort));
    destroyWhereUnconnected(request, this.#timeouts.connectMs);
    request.on('timeout', () => request.destroy(new Error('it is silent')));
    let answered = false;
    request.on('response', (answer) => {
      answered = true;
      resolve(answer);
    });
    send(request, call, () => answered).catch((error: unknown) => {
      bodyFailure = { error };
      request.destroy(error instanceof Error ? error : new Error(String(error)));
      reject(error);
    });
    return promise;
  }

  #urlOf({ path, query = {}, tree = 'store' }: ServiceCall): string {
    const parameters = Object.entries(query).map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    );
    const suffix = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
    const below = path === '' ? '' : `/${path}`;
    return `${this.#place.origin}${treePrefixes[tree]}/${this.#place.repository}${below}${suffix}`;
  }

  #optionsFor({ method, headers, body, tree = 'store' }: ServiceCall): RequestOptions {
    const length = body === undefined ? 0 : body instanceof Uint8Array ? body.length : undefined;
    return {
      method,
      agent: this.#agent,
      ...(tree === 'store' && { timeout: this.#timeouts.silenceMs }),
      headers: {
        authorization: this.#authorization,
        ...(length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }),
        ...headers,
      },
    };
  }
}

const treePrefixes = { store: storePrefix, management: managementPrefix } as const;

type Sending = ReturnType<typeof http.request>;

function destroyWhereUnconnected(request: Sending, timeoutMs: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(new Error('no connection is made')), timeoutMs);
    for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
  });
}

/** Stops when the answer is there: what is sent then is read by nobody. */
async function send(
  request: Sending,
  { body, signal }: ServiceCall,
  isAnswered: () => boolean,
): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    request.end(body);
    return;
  }
  for await (const piece of untilAborted(body, signal)) {
    if (isAnswered() || request.destroyed) break;
    // Sent later than it is asked for the next, which may use the same memory.
    if (!request.write(Uint8Array.from(piece))) await drained(request);
  }
  if (!request.destroyed) request.end();
}

function drained(request: Sending): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'response']) request.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'response']) request.on(event, done);
  });
}

async function refusalOf(
  answer: IncomingMessage,
  { attempted, method }: ServiceCall,
): Promise<ServiceRefusal> {
  const status = answer.statusCode ?? 0;
  const text = method === 'HEAD' ? '' : (await readAll(answer, attempted, MiB)).toString('utf8');
  if (method === 'HEAD') answer.resume();
  const told = parsed(text)?.error;
  return new ServiceRefusal({
    status,
    code: told?.code ?? (status === 404 ? 'not-found' : 'unknown'),
    message: told?.message ?? `the answer was ${status} ${text.slice(0, 200)}`,
    detail: told?.detail,
  });
}

function parsed(
  text: string,
): { readonly error?: Partial<Pick<ServiceFailure, 'code' | 'message' | 'detail'>> } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Throws `BlobsError`: `unavailable` when it is cut off, `failed` when it is longer than any that is right. */
export async function readAll(answer: IncomingMessage, attempted: string, bytesMax: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of readPieces(answer, attempted)) {
    length += piece.length;
    if (length > bytesMax)
      throw new BlobsError('failed', { attempted, detail: `the answer has more than ${bytesMax} bytes` });
    pieces.push(piece as Buffer);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/** The pieces of an answer; the connection is free when they were read, and closed when they were left. */
export async function* readPieces(answer: IncomingMessage, attempted: string): AsyncGenerator<Uint8Array> {
  let ended = false;
  try {
    yield* answer as AsyncIterable<Buffer>;
    if (!answer.complete) throw new Error('the answer was cut off');
    ended = true;
  } catch (cause) {
    throw unavailable(attempted, cause);
  } finally {
    if (!ended) answer.destroy();
  }
}

export function unavailable(attempted: string, cause: unknown): BlobsError {
  const detail =
    (cause as { code?: string }).code ?? (cause instanceof Error ? cause.message : String(cause));
  return new BlobsError('unavailable', { attempted, detail, cause });
}

const codesByStatus: Readonly<Record<number, BlobsErrorCode>> = {
  401: 'denied',
  403: 'denied',
  409: 'conflict',
  429: 'unavailable',
  // A proxy's, in front of a service that is started anew.
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
  507: 'full',
};
const codesByName: Readonly<Record<string, BlobsErrorCode>> = {
  'no-repository': 'no-bucket',
  'quota-exceeded': 'full',
  'invalid-name': 'invalid-name',
  'invalid-range': 'invalid-range',
  unreadable: 'unreadable',
};

/** What the service refused, as an error of the port. */
export function refusalAsBlobsError(refusal: ServiceRefusal, attempted: string): BlobsError {
  const code = codesByName[refusal.code] ?? codesByStatus[refusal.status] ?? 'failed';
  return new BlobsError(code, { attempted, detail: refusal.message, cause: refusal });
}

const connectionsMax = 32;
const MiB = 1024 * 1024;
