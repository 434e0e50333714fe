// The SQS endpoint: one port, both protocols. A request with `X-Amz-Target` is of the JSON protocol, any other of the query
// protocol; an answer is in the protocol of its request.

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
import { BodyDigests } from './digests/body-digests.ts';
import type { SqsIdentity } from './identity-port.ts';
import { asQueueError } from './known-errors.ts';
import { type Answer, jsonAnswers, type Protocol, queryAnswers } from './protocols.ts';
import { BodyMemory, withBody } from './read-body.ts';
import { runOperation } from './run-operation.ts';
import { verifySigner } from './signature.ts';

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
  const stopping = new AbortController();
  const serving: Serving = {
    options,
    stopping: stopping.signal,
    digests: new BodyDigests({ clock: world.clock, log }),
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
    stopping.abort();
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
  readonly digests: BodyDigests;
  readonly stopping: AbortSignal;
};

async function serve(exchange: Exchange, serving: Serving): Promise<void> {
  const turn = serving.turns.turn();
  if (turn !== undefined) await turn;
  const requestId = newRequestId(serving.options.world.random);
  const protocol = exchange.head.headers['x-amz-target'] === undefined ? queryAnswers : jsonAnswers;
  send(exchange, await answerOf(exchange, { protocol, serving, requestId }), requestId);
}

async function answerOf(
  exchange: Exchange,
  { protocol, serving, requestId }: { protocol: Protocol; serving: Serving; requestId: string },
): Promise<Answer> {
  const { options, memories, digests, stopping } = serving;
  const { method, target, headers } = exchange.head;
  let operation = '';
  try {
    if (method !== 'POST' && method !== 'GET')
      throw new QueueError('InvalidAction', `SQS has no ${method} requests.`);
    const found = verifySigner(
      { method, target, headers },
      { identity: options.identity, nowMs: options.world.clock.nowMs() },
    );
    const signer = found instanceof Promise ? await found : found;
    const { principal } = signer;
    const memory = principal.type === 'anonymous' ? memories.unsigned : memories.signed;
    return await withBody(exchange, memory, async (body) => {
      signer.requireBody(body);
      const asked = protocol.read({ target, headers, body });
      // A receiver may wait for 20 seconds.
      exchange.forgetBody();
      operation = asked.operation;
      const output = await runOperation(asked, { options, principal, exchange, digests, stopping });
      return protocol.write(output, { operation, requestId });
    });
  } catch (error) {
    const known = asQueueError(error);
    if (queueErrors[known.code].status >= 500)
      options.log.error('an operation of SQS failed', { operation, requestId, error });
    return protocol.refuse(known, requestId);
  }
}

function send(exchange: Exchange, { status, type, text, headers = {} }: Answer, requestId: string): void {
  if (exchange.gone) {
    exchange.cut();
    return;
  }
  exchange.addField('content-type', type);
  exchange.addField('x-amzn-requestid', requestId);
  for (const [name, value] of Object.entries(headers)) exchange.addField(name, value);
  exchange.send(status, Buffer.from(text));
}
