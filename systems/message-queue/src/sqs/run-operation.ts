// Runs an operation for whoever asks: names become queues, and policies are asked first.

import type { LateMd5 } from '@cairn/hashing/late-digests';
import type { Exchange, Principal } from '@cairn/service';
import type { QueueDefinition } from '../queues/queue-definition.ts';
import { QueueError } from '../queues/queue-error.ts';
import { queueArn } from '../queues/queue-names.ts';
import { Input } from './input.ts';
import type { OperationCall, OutputMembers } from './operation.ts';
import { operations } from './operations.ts';
import type { Asked } from './protocols.ts';
import type { SqsServerOptions } from './server.ts';
import type { WaitingCalls } from './waiting-calls.ts';

/** Who asks, by which exchange. */
export type Around = {
  readonly options: SqsServerOptions;
  readonly principal: Principal;
  readonly exchange: Exchange;
  readonly digests: LateMd5;
  readonly waiting: WaitingCalls;
};

/** Throws QueueError, at once or later. */
export function runOperation(asked: Asked, around: Around): Promise<OutputMembers> {
  const { operation, members, hasPlainTexts } = asked;
  const run = operations.get(operation);
  if (run === undefined) throw new QueueError('InvalidAction', detailOf(operation));
  return run(new Input(members), new Call(around, hasPlainTexts));
}

/** Who opens the address in a browser learns what it is. */
function detailOf(operation: string): string {
  if (operation !== '') return `The action ${operation} is not valid for this endpoint.`;
  return 'The request has no action. This is the endpoint of SQS: give its address to an SDK or to aws --endpoint-url.';
}

class Call implements OperationCall {
  readonly #around: Around;
  readonly hasPlainTexts: boolean;

  constructor(around: Around, hasPlainTexts: boolean) {
    this.#around = around;
    this.hasPlainTexts = hasPlainTexts;
  }

  get queues(): OperationCall['queues'] {
    return this.#around.options.queues;
  }
  get world(): OperationCall['world'] {
    return this.#around.options.world;
  }
  get principal(): Principal {
    return this.#around.principal;
  }
  get digests(): LateMd5 {
    return this.#around.digests;
  }
  get account(): string {
    return this.#around.options.account;
  }

  require(action: string, target: string): undefined | Promise<undefined> {
    return authorize(action, { target, around: this.#around });
  }

  queue(input: Input, action: string): QueueDefinition | Promise<QueueDefinition> {
    const { queues } = this;
    const name = nameInUrl(input.required('QueueUrl'), this.account);
    // Who may not know whether it exists is not told.
    const allowed = this.require(action, name);
    return allowed === undefined ? queues.find(name) : allowed.then(() => queues.find(name));
  }

  queueUrl(name: string): string {
    const { options, exchange } = this.#around;
    const origin = `${options.tls === undefined ? 'http' : 'https'}://${exchange.head.headers.host ?? 'localhost'}`;
    return `${origin}/${options.account}/${name}`;
  }

  leaving(): AbortSignal {
    const { exchange, waiting } = this.#around;
    return waiting.begin(exchange);
  }
}

/** Any host: a client may reach it by several. */
function nameInUrl(url: string, account: string): string {
  const [, owner, name] = /^(?:https?:\/\/[^/]+)?\/(\w+)\/([\w.-]+)\/?$/.exec(url) ?? [];
  if (owner === undefined || name === undefined)
    throw new QueueError('InvalidAddress', `The address ${url} is not valid for this endpoint.`);
  if (owner !== account) throw new QueueError('QueueDoesNotExist', 'The specified queue does not exist.');
  return name;
}

function authorize(
  action: string,
  { target, around }: { target: string; around: Around },
): undefined | Promise<undefined> {
  const { options, principal, exchange } = around;
  const resource = queueArn(target, options);
  const decided = options.identity.authorize(principal, {
    action: `sqs:${action}`,
    resource,
    resourcePolicies: policiesOf(target, options),
    context: () => ({
      'aws:SourceIp': exchange.remoteAddress?.replace(/^::ffff:/, ''),
      'aws:SecureTransport': String(options.tls !== undefined),
      'aws:UserAgent': exchange.head.headers['user-agent'],
      'aws:RequestedRegion': options.region,
    }),
  });
  const about = { action, resource, principal };
  return decided instanceof Promise
    ? decided.then((decision) => requireAllowed(decision, about))
    : requireAllowed(decided, about);
}

type Decision = Awaited<ReturnType<SqsServerOptions['identity']['authorize']>>;

function requireAllowed(
  { decision }: Decision,
  { action, resource, principal }: { action: string; resource: string; principal: Principal },
): undefined {
  if (decision === 'allow') return;
  if (principal.type === 'anonymous')
    throw new QueueError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  const why = decision === 'explicit-deny' ? 'with an explicit deny' : 'because no policy allows the action';
  throw new QueueError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: sqs:${action.toLowerCase()} on resource: ${resource} ${why}`,
  );
}

function policiesOf(target: string, { queues }: SqsServerOptions) {
  return queues.known(target)?.policies ?? none;
}

const none: QueueDefinition['policies'] = [];
