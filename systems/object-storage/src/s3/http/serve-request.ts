// The life of one request: understood, handled, answered, counted, logged. Whatever goes wrong on the way, there is one
// answer, one count and one line in the log.

import assert from 'node:assert/strict';
import type { QueryProtocol } from '@cairn/identity';
import type { Exchange, TurnBudget } from '@cairn/service';
import { parseTraceparent, type Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { ObjectStorageError } from '../../errors.ts';
import type { AccessLog } from '../access-log/access-log.ts';
import { addressOfRefused, notedRequest, type Served } from '../access-log/noted-request.ts';
import { answerPreflight, type CorsRequest, withCors } from '../cors/cors-exchange.ts';
import type { S3Context, S3Response } from '../handlers/handler.ts';
import { failureHeaders } from '../headers/failure-headers.ts';
import { queryServiceOf } from '../query-protocol/query-service.ts';
import { type ServedQuery, type ServeQueryOptions, serveQuery } from '../query-protocol/serve-query.ts';
import { SigningKeys } from '../signature/signing-keys.ts';
import { errorDocument } from '../xml/error-document.ts';
import { failureOf } from './failure.ts';
import type { RequestIds } from './request-ids.ts';
import { RequestMetrics } from './request-metrics.ts';
import { ClientGone, sendResponse } from './send-response.ts';
import {
  type Known,
  type UnderstandOptions,
  type UnderstoodRequest,
  understandRequest,
} from './understand-request.ts';

export type ServeOptions = Omit<UnderstandOptions, 'clock'> & {
  readonly context: S3Context;
  readonly world: Pick<World, 'clock'>;
  readonly telemetry: Telemetry;
  /** Names this process in every answer. */
  readonly hostId: string;
  readonly ids: RequestIds;
  readonly turns: TurnBudget;
  /** Answers IAM and STS, where there are any. */
  readonly queries: QueryProtocol | undefined;
  /** Keeps the access logs of buckets. */
  readonly accessLog: AccessLog;
};

/** Gives what serves an exchange: it answers, sooner or later, and never throws. */
export function requestServer(options: ServeOptions): (exchange: Exchange) => void {
  const { world, telemetry, turns, hostId, ids, context } = options;
  const shared: Shared = {
    turns,
    hostId,
    context,
    telemetry,
    clock: world.clock,
    ids,
    accessLog: options.accessLog,
    metrics: new RequestMetrics(telemetry.metrics),
    understanding: { ...options, clock: world.clock },
    // Keys of their own: calls are signed for any region, and shall not crowd out those that requests of S3 use.
    queries: options.queries && {
      ...options,
      queries: options.queries,
      signingKeys: new SigningKeys(),
      clock: world.clock,
    },
  };
  return (exchange) => void new Service(exchange, shared).run();
}

type Shared = Pick<ServeOptions, 'turns' | 'hostId' | 'ids' | 'context' | 'telemetry' | 'accessLog'> & {
  readonly clock: World['clock'];
  readonly metrics: RequestMetrics;
  readonly understanding: UnderstandOptions;
  readonly queries: ServeQueryOptions | undefined;
};

class Service implements Known {
  operation: Known['operation'];
  principal: Known['principal'];
  request: Known['request'];
  readonly #exchange: Exchange;
  readonly #shared: Shared;
  readonly requestId: string;
  readonly #startedMs: number;
  #failure: ObjectStorageError | undefined;
  /** Of a call of IAM or STS. */
  #query: ServedQuery | undefined;
  #sentBytes = 0;

  constructor(exchange: Exchange, shared: Shared) {
    this.#exchange = exchange;
    this.#shared = shared;
    this.requestId = shared.ids.next();
    this.#startedMs = shared.clock.monotonicMs() - exchange.waitedMs;
    shared.metrics.begin();
  }

  get hostId(): string {
    return this.#shared.hostId;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { turns } = this.#shared;
    let answer: S3Response;
    let isAtOnce = false;
    try {
      if (this.#exchange.head.method === 'OPTIONS') answer = await this.#preflight();
      else if (this.#isQuery()) answer = await this.#answerQuery();
      else {
        const understood = this.#understand();
        const { operation, request } = understood instanceof Promise ? await understood : understood;
        const handled = operation.handle(request, this.#shared.context);
        isAtOnce = !(handled instanceof Promise);
        answer = handled instanceof Promise ? await handled : handled;
      }
    } catch (error) {
      this.#failure = failureOf(error);
      answer = this.#errorResponse(this.#failure);
    }
    if (isForScript(this.#exchange.head)) answer = await this.#withCors(answer);
    const turn = isAtOnce ? undefined : turns.turn();
    if (turn !== undefined) await turn;
    try {
      this.#exchange.addField('x-amz-request-id', this.requestId);
      const sent = sendResponse(this.#exchange, answer, { turns });
      this.#sentBytes = sent instanceof Promise ? await sent : sent;
    } catch (error) {
      // The head is out, or nobody is there to read one: all that is left to say is that this is not the end of it.
      this.#exchange.cut();
      if (!(error instanceof ClientGone)) this.#failure = failureOf(error);
    }
    this.#end(this.#exchange.answered ? this.#exchange.status : (this.#failure ?? answer).status, answer);
  }

  #isQuery(): boolean {
    return this.#shared.queries !== undefined && queryServiceOf(this.#exchange.head) !== undefined;
  }

  async #answerQuery(): Promise<S3Response> {
    const { queries: options } = this.#shared;
    const service = queryServiceOf(this.#exchange.head);
    assert(options !== undefined && service !== undefined, 'it is a call of the Query protocol');
    this.#query = await serveQuery(this.#exchange, { service, requestId: this.requestId, options });
    this.principal = this.#query.principal;
    return this.#query.response;
  }

  #preflight(): Promise<S3Response> {
    return answerPreflight(this.#exchange.head, this.#shared.understanding);
  }

  #withCors(answer: S3Response): Promise<S3Response> {
    return withCors(answer, this.#exchange.head, this.#shared.understanding);
  }

  #understand(): UnderstoodRequest | Promise<UnderstoodRequest> {
    return understandRequest(this.#exchange, { options: this.#shared.understanding, known: this });
  }

  #errorResponse(failure: ObjectStorageError): S3Response {
    const { method, target } = this.#exchange.head;
    const { status, code } = failure;
    const headers = failureHeaders(failure);
    if (method === 'HEAD' || code === 'NotModified') return { status, headers };
    const [resource = ''] = target.split('?', 1);
    const { hostId } = this.#shared;
    const text = errorDocument(failure, { resource, requestId: this.requestId, hostId });
    return { status, headers, body: { kind: 'xml', text } };
  }

  #operationName(): string {
    return (
      this.#query?.operation ??
      this.operation?.name ??
      (this.#exchange.head.method === 'OPTIONS' ? 'Preflight' : 'none')
    );
  }

  /** `status` is the one that was sent, or that nobody was there to be told. */
  #end(status: number, answer: S3Response): void {
    const { body } = this.#exchange;
    const seconds = (this.#shared.clock.monotonicMs() - this.#startedMs) / 1000;
    this.#shared.metrics.end({
      operation: this.#operationName(),
      status,
      seconds,
      receivedBytes: body.receivedBytes,
      sentBytes: this.#sentBytes,
    });
    this.#writeLog(status, seconds);
    if (this.#query === undefined) this.#noteAccess({ status, answer, totalMs: seconds * 1_000 });
  }

  #noteAccess(outcome: Pick<Served, 'status' | 'answer' | 'totalMs'>): void {
    const { accessLog, hostId, clock, understanding } = this.#shared;
    const { bucket, key } = this.request ?? addressOfRefused(this.#exchange, understanding);
    if (bucket === '' || this.#failure?.code === 'NoSuchBucket') return;
    accessLog.note(bucket, () =>
      notedRequest(this.#exchange, {
        ...{ ...outcome, bucket, key, hostId, requestId: this.requestId, nowMs: clock.nowMs() },
        ...{ operation: this.operation, request: this.request, sentBytes: this.#sentBytes },
        ...{ principal: this.principal, errorCode: this.#failure?.code },
      }),
    );
  }

  #writeLog(status: number, seconds: number): void {
    const failure = this.#failure;
    const { log } = this.#shared.telemetry;
    const fault =
      this.#query?.failure ??
      (failure !== undefined && failure.status >= 500 && failure.code !== 'NotImplemented'
        ? failure
        : undefined);
    if (!log.enabled(fault === undefined ? 'info' : 'error')) return;
    const { head, body } = this.#exchange;
    const fields = {
      requestId: this.requestId,
      operation: this.#operationName(),
      method: head.method,
      path: head.target.split('?', 1)[0],
      status,
      seconds,
      receivedBytes: body.receivedBytes,
      sentBytes: this.#sentBytes,
      accessKeyId: this.principal?.accessKeyId,
      traceId: parseTraceparent(head.headers.traceparent)?.traceId,
      code: failure?.code ?? this.#query?.code,
    };
    if (fault !== undefined) log.error('s3 request failed', { ...fields, error: fault });
    else log.info('s3 request', fields);
  }
}

/** A script of another origin asks; a preflight is answered by the rules as it is. */
function isForScript({ method, headers }: CorsRequest): boolean {
  return headers.origin !== undefined && method !== 'OPTIONS';
}
