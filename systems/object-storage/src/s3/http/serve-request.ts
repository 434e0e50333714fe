// The life of one request: understood, handled, answered, counted, logged. Whatever goes wrong on the way, there is one
// answer, one count and one line in the log.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { newRequestId, parseTraceparent, type Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { PooledRandom } from '../../core/pooled-random.ts';
import type { ObjectStorageError } from '../../errors.ts';
import type { S3Context, S3Response } from '../handlers/handler.ts';
import { failureHeaders } from '../headers/failure-headers.ts';
import { errorDocument } from '../xml/error-document.ts';
import { failureOf } from './failure.ts';
import { RequestMetrics } from './request-metrics.ts';
import { awaitAgain, RequestSource } from './request-source.ts';
import { ClientGone, sendResponse } from './send-response.ts';
import type { TurnBudget } from './turn-budget.ts';
import { type UnderstandOptions, understandRequest } from './understand-request.ts';
import { endResponse, unreadBody } from './unread-body.ts';

export type ServeOptions = Omit<UnderstandOptions, 'clock'> & {
  readonly context: S3Context;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly telemetry: Telemetry;
  /** Names this process in every answer. */
  readonly hostId: string;
  readonly turns: TurnBudget;
};

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly source: RequestSource;
  readonly requestId: string;
  readonly startedMs: number;
  /** The client waits for `100 Continue`, and has not been given it. */
  continueAwaited: boolean;
  operation: string;
  accessKeyId: string | undefined;
  failure: ObjectStorageError | undefined;
  sentBytes: number;
};

export type RequestListeners = {
  readonly handler: RequestListener;
  readonly handleContinue: RequestListener;
};

export function requestListeners(options: ServeOptions): RequestListeners {
  const metrics = new RequestMetrics(options.telemetry.metrics);
  const { clock } = options.world;
  const random = new PooledRandom(options.world.random);
  const listener =
    (continueAwaited: boolean): RequestListener =>
    (request, response) => {
      const exchange = newExchange(
        { request, response, continueAwaited },
        { ...options, world: { clock, random } },
      );
      metrics.begin();
      response.on('timeout', () => cutWhoStalls(exchange));
      void serve(exchange, options).finally(() => {
        const seconds = (clock.monotonicMs() - exchange.startedMs) / 1000;
        const { operation, sentBytes } = exchange;
        const { receivedBytes } = exchange.source;
        metrics.end({ operation, status: response.statusCode, seconds, receivedBytes, sentBytes });
        writeLog(exchange, { seconds, telemetry: options.telemetry });
      });
    };
  return { handler: listener(false), handleContinue: listener(true) };
}

/** A client that does not take its answer is cut; one that waits for it is not, however long the work takes. */
function cutWhoStalls({ request, response }: Exchange): void {
  if (response.headersSent) response.destroy();
  else awaitAgain(request);
}

function newExchange(
  arrived: Pick<Exchange, 'request' | 'response' | 'continueAwaited'>,
  { world: { clock, random }, turns }: Pick<ServeOptions, 'world' | 'turns'>,
): Exchange {
  const exchange: Exchange = {
    ...arrived,
    source: new RequestSource(arrived.request, {
      onFirstRead() {
        if (exchange.continueAwaited) arrived.response.writeContinue();
        exchange.continueAwaited = false;
      },
      turns,
    }),
    requestId: newRequestId(random),
    startedMs: clock.monotonicMs(),
    operation: 'none',
    accessKeyId: undefined,
    failure: undefined,
    sentBytes: 0,
  };
  return exchange;
}

/** Never rejects. */
async function serve(exchange: Exchange, options: ServeOptions): Promise<void> {
  const { request, response, source } = exchange;
  if (response.socket === null) await turnOfConnection(response);
  await options.turns.turn();
  const answer = await answerTo(exchange, options);
  await options.turns.turn();
  const unread = unreadBody(request, { ...exchange, receivedBytes: source.receivedBytes });
  try {
    response.setHeader('x-amz-request-id', exchange.requestId);
    response.setHeader('x-amz-id-2', options.hostId);
    response.setHeader('server', 'Cairn');
    if (unread === 'linger') response.setHeader('connection', 'close');
    exchange.sentBytes = await sendResponse(response, answer, {
      leaveOpen: unread === 'linger',
      turns: options.turns,
    });
    endResponse({ request, response, clock: options.world.clock }, unread);
  } catch (error) {
    // The head is out, or nobody is there to read one: all that is left to say is that this is not the end of it.
    response.destroy();
    exchange.failure = error instanceof ClientGone ? undefined : failureOf(error);
  }
}

/** Pipelined requests are served one by one: else each would hold what it reads until those before it are answered. */
function turnOfConnection(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('socket', () => resolve());
    response.once('close', () => resolve());
  });
}

async function answerTo(exchange: Exchange, options: ServeOptions): Promise<S3Response> {
  try {
    const { operation, request } = await understandRequest(exchange.request, exchange.source, {
      ...options,
      clock: options.world.clock,
      note({ operation, principal }) {
        if (operation !== undefined) exchange.operation = operation.name;
        if (principal !== undefined) exchange.accessKeyId = principal.accessKeyId;
      },
    });
    return await operation.handle(request, options.context);
  } catch (error) {
    exchange.failure = failureOf(error);
    return errorResponse(exchange, { failure: exchange.failure, hostId: options.hostId });
  }
}

function errorResponse(
  { request, requestId }: Exchange,
  { failure, hostId }: { failure: ObjectStorageError; hostId: string },
): S3Response {
  const { status, code } = failure;
  const headers = failureHeaders(failure);
  if (request.method === 'HEAD' || code === 'NotModified') return { status, headers };
  const [resource = ''] = (request.url ?? '').split('?', 1);
  const text = errorDocument(failure, { resource, requestId, hostId });
  return { status, headers, body: { kind: 'xml', text } };
}

function writeLog(
  exchange: Exchange,
  { seconds, telemetry: { log } }: { seconds: number; telemetry: Telemetry },
): void {
  const { failure, request, response, source } = exchange;
  const fault = failure !== undefined && failure.status >= 500 && failure.code !== 'NotImplemented';
  if (!log.enabled(fault ? 'error' : 'info')) return;
  const fields = {
    requestId: exchange.requestId,
    operation: exchange.operation,
    method: request.method,
    path: request.url?.split('?', 1)[0],
    status: response.statusCode,
    seconds,
    receivedBytes: source.receivedBytes,
    sentBytes: exchange.sentBytes,
    accessKeyId: exchange.accessKeyId,
    traceId: parseTraceparent(request.headers.traceparent as string | undefined)?.traceId,
    code: failure?.code,
  };
  if (fault) log.error('s3 request failed', { ...fields, error: failure });
  else log.info('s3 request', fields);
}
