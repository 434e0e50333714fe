// The SQS endpoint: one port, both protocols. A request with `X-Amz-Target` is of the JSON protocol, any other of the query
// protocol; an answer is in the protocol of its request.

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  closeGracefully,
  createListener,
  type ListenAddress,
  type ListenOptions,
  listen,
  type TlsSource,
} from '@cairn/service';
import { newRequestId, type Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { sqsBodiesBytesMax, sqsUnsignedBodiesBytesMax } from '../limits.ts';
import { QueueError, queueErrors } from '../queues/queue-error.ts';
import type { Queues } from '../queues/queues.ts';
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
  const stopping = new AbortController();
  const memories: Memories = {
    signed: new BodyMemory(sqsBodiesBytesMax),
    unsigned: new BodyMemory(sqsUnsignedBodiesBytesMax),
  };
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, { response, options, memories, stopping: stopping.signal }).catch((error) => {
      options.log.error('a request of SQS failed', { error });
      response.destroy();
    });
  };
  const server = createListener({ tls: options.tls, handler });
  const address = await listen(server, options.listen);
  return {
    address,
    close(deadline) {
      stopping.abort();
      return closeGracefully(server, deadline);
    },
  };
}

/** Of bodies: a claim to be somebody is believed until the body is there. */
type Memories = { readonly signed: BodyMemory; readonly unsigned: BodyMemory };

type Around = {
  readonly response: ServerResponse;
  readonly options: SqsServerOptions;
  readonly memories: Memories;
  readonly stopping: AbortSignal;
};

async function serve(
  request: IncomingMessage,
  { response, options, memories, stopping }: Around,
): Promise<void> {
  const requestId = newRequestId(options.world.random);
  const protocol = request.headers['x-amz-target'] === undefined ? queryAnswers : jsonAnswers;
  const leaving = (): AbortSignal => {
    const gone = new AbortController();
    if (response.destroyed) gone.abort();
    response.once('close', () => gone.abort());
    return AbortSignal.any([gone.signal, stopping]);
  };
  send(response, await answerOf(request, { protocol, options, memories, requestId, leaving }), requestId);
}

async function answerOf(
  request: IncomingMessage,
  around: Omit<Around, 'response' | 'stopping'> & {
    protocol: Protocol;
    requestId: string;
    leaving: () => AbortSignal;
  },
): Promise<Answer> {
  const { protocol, options, memories, requestId, leaving } = around;
  const { method = '', url: target = '/', headers } = request;
  let operation = '';
  try {
    if (method !== 'POST' && method !== 'GET')
      throw new QueueError('InvalidAction', `SQS has no ${method} requests.`);
    const signer = await verifySigner(
      { method, target, headers },
      { identity: options.identity, nowMs: options.world.clock.nowMs() },
    );
    const { principal } = signer;
    const memory = principal.type === 'anonymous' ? memories.unsigned : memories.signed;
    return await withBody(request, memory, async (body) => {
      signer.requireBody(body);
      const asked = protocol.read({ target, headers, body });
      operation = asked.operation;
      const output = await runOperation(asked, { options, principal, request, leaving });
      return protocol.write(output, { operation, requestId });
    });
  } catch (error) {
    const known = asQueueError(error);
    if (queueErrors[known.code].status >= 500)
      options.log.error('an operation of SQS failed', { operation, requestId, error });
    return protocol.refuse(known, requestId);
  }
}

function send(
  response: ServerResponse,
  { status, type, text, headers = {} }: Answer,
  requestId: string,
): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': requestId,
    ...headers,
  });
  response.end(text);
}
