// The SQS endpoint: one port, both protocols. A request with `X-Amz-Target` is of the JSON protocol, any other of the query
// protocol; an answer is in the protocol of its request.

import { LateMd5 } from '@cairn/hashing/late-digests';
import {
  type Exchange,
  HttpServer,
  type ListenAddress,
  type ListenOptions,
  listen,
  type TlsSource,
  TurnBudget,
} from '@cairn/service';
import { newRequestId, type Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { sqsBodiesBytesMax, sqsTurnBudgetMs, sqsUnsignedBodiesBytesMax } from '../limits.ts';
import { QueueError, queueErrors } from '../queues/queue-error.ts';
import type { Queues } from '../queues/queues.ts';
import type { SqsIdentity } from './identity-port.ts';
import { asQueueError } from './known-errors.ts';
import type { OutputMembers } from './operation.ts';
import { type Answer, jsonAnswers, type Protocol, queryAnswers } from './protocols.ts';
import { BodyMemory, withBody } from './read-body.ts';
import { runOperation } from './run-operation.ts';
import { type Verified, verifySigner } from './signature.ts';
import { WaitingCalls } from './waiting-calls.ts';

export type SqsServerOptions = {
  readonly queues: Queues;
  readonly identity: SqsIdentity;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly log: Telemetry['log'];
  readonly region: string;
  readonly account: string;
  readonly listen: ListenOptions;
  readonly tls?: TlsSource | undefined;
};

export type SqsServer = {
  readonly address: ListenAddress;
  /** Finishes what is under way until the deadline; who waits for messages is told that there are none. */
  close(deadline: AbortSignal): Promise<void>;
};

export async function openSqsServer(options: SqsServerOptions): Promise<SqsServer> {
  const { world, log } = options;
  const serving: Serving = {
    options,
    waiting: new WaitingCalls(),
    digests: new LateMd5({
      nextTurn: (callback) => world.clock.nextTurn(callback),
      onUnavailable: (error) =>
        log.warn('bodies are hashed one by one: the code for many cannot be made', { error }),
    }),
    turns: new TurnBudget(sqsTurnBudgetMs),
    memories: {
      signed: new BodyMemory(sqsBodiesBytesMax),
      unsigned: new BodyMemory(sqsUnsignedBodiesBytesMax),
    },
  };
  const server = new HttpServer({
    clock: world.clock,
    tls: options.tls,
    serve: (exchange) => {
      serve(exchange, serving).catch((error) => {
        log.error('a request of SQS failed', { error });
        exchange.cut();
      });
    },
    answerTo: ({ status, message }) => ({ status, headers: { 'content-type': 'text/plain' }, body: message }),
    onAcceptError: (error) => log.warn('a connection of SQS was not accepted', { error }),
  });
  const close = async (deadline: AbortSignal): Promise<void> => {
    serving.waiting.stop();
    await server.close(deadline);
  };
  try {
    return { address: await listen(server.listener, options.listen), close };
  } catch (error) {
    await close(AbortSignal.abort());
    throw error;
  }
}

/** Of bodies: a claim to be somebody is believed until the body is there. */
type Memories = { readonly signed: BodyMemory; readonly unsigned: BodyMemory };

type Serving = {
  readonly options: SqsServerOptions;
  readonly memories: Memories;
  readonly turns: TurnBudget;
  readonly digests: LateMd5;
  readonly waiting: WaitingCalls;
};

/** What the log and the answer say of a request. */
type Request = { readonly requestId: string; readonly protocol: Protocol; operation: string };

async function serve(exchange: Exchange, serving: Serving): Promise<void> {
  const turn = serving.turns.turn();
  if (turn !== undefined) await turn;
  const requestId = newRequestId(serving.options.world.random);
  const protocol = exchange.head.headers['x-amz-target'] === undefined ? queryAnswers : jsonAnswers;
  const request: Request = { requestId, protocol, operation: '' };
  const around: Around = { exchange, request, serving };
  let answer: Answer;
  try {
    answer = protocol.write(await outputOf(around), request);
  } catch (error) {
    answer = refusal(error, around);
  }
  serving.waiting.end(exchange);
  send(exchange, answer, requestId);
}

/** Throws QueueError and others, at once or later. Who is known and a body that is there are not waited for. */
function outputOf(around: Around): Promise<OutputMembers> {
  const { exchange, serving } = around;
  const { identity, world } = serving.options;
  const { method } = exchange.head;
  if (method !== 'POST' && method !== 'GET')
    throw new QueueError('InvalidAction', `SQS has no ${method} requests.`);
  const signer = verifySigner(exchange.head, { identity, nowMs: world.clock.nowMs() });
  return signer instanceof Promise
    ? signer.then((verified) => outputFor(verified, around))
    : outputFor(signer, around);
}

type Around = { readonly exchange: Exchange; readonly request: Request; readonly serving: Serving };

function outputFor(
  { principal, requireBody }: Verified,
  { exchange, request, serving }: Around,
): Promise<OutputMembers> {
  const { options, memories, digests, waiting } = serving;
  const { target, headers } = exchange.head;
  const memory = principal.type === 'anonymous' ? memories.unsigned : memories.signed;
  return withBody(exchange, memory, (body) => {
    requireBody(body);
    const asked = request.protocol.read({ target, headers, body });
    // A receiver may wait for 20 seconds.
    exchange.forgetBody();
    request.operation = asked.operation;
    return runOperation(asked, { options, principal, exchange, digests, waiting });
  });
}

function refusal(error: unknown, { request, serving }: Around): Answer {
  const { requestId, operation, protocol } = request;
  const known = asQueueError(error);
  if (queueErrors[known.code].status >= 500)
    serving.options.log.error('an operation of SQS failed', { operation, requestId, error });
  return protocol.refuse(known, requestId);
}

function send(exchange: Exchange, { status, type, text, headers }: Answer, requestId: string): void {
  if (exchange.gone) {
    exchange.cut();
    return;
  }
  exchange.addField('content-type', type);
  exchange.addField('x-amzn-requestid', requestId);
  for (const name in headers) exchange.addField(name, headers[name]!);
  exchange.send(status, Buffer.from(text));
}
