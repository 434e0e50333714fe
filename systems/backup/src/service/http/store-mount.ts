// `/api/backup/store/REPOSITORY/...`: what the management API's frame of JSON documents cannot carry, which is bodies of any
// size both ways and binary batches. Authentication, authorization and errors are as there.
//
//   who is it (401) -> which handler (404) -> may they (403) -> which repository (404) -> handle -> answer; one count each

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, type Authenticator, type HttpMount, type ServiceSettings } from '@cairn/service';
import type { Telemetry } from '@cairn/telemetry';
import { BackupError } from '../../errors.ts';
import type { Repositories } from '../repositories/repositories.ts';
import * as index from './index-handlers.ts';
import * as objects from './object-handlers.ts';
import { type StoreAnswer, toldError, writeAnswer, writeError } from './store-answer.ts';
import { type StoreMetrics, storeMetrics } from './store-metrics.ts';
import { storePrefix } from './store-protocol.ts';
import { permitOn, principalOf, type StoreRequest } from './store-request.ts';

export type StoreMountOptions = {
  readonly repositories: Repositories;
  readonly authenticator: Authenticator;
  readonly settings: Pick<ServiceSettings, 'region' | 'account'>;
  readonly telemetry: Telemetry;
};

type Handler = (request: StoreRequest) => Promise<StoreAnswer>;

/** By method and what follows the repository's name. */
const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['PUT objects', objects.putObject],
  ['GET objects', objects.getObject],
  ['HEAD objects', objects.headObject],
  ['POST delete', objects.deleteObjects],
  ['GET list', objects.listObjects],
  ['POST index/session', index.openIndexSession],
  ['POST index/close', index.closeIndexSession],
  ['POST index/lookup', index.lookup],
  ['POST index/promises', index.promises],
  ['POST index/renew', index.renew],
  ['POST index/register', index.register],
  ['GET index/filter', index.getFilter],
  ['POST index/locate', index.locate],
  ['GET index/unnamed', index.getUnnamed],
  ['POST index/name', index.nameIndexObject],
]);

export function storeMount(options: StoreMountOptions): HttpMount {
  const metrics = storeMetrics(options.telemetry.metrics);
  return {
    prefix: storePrefix,
    handle: (message, response) => void serve(message, response, { ...options, metrics }),
  };
}

export function repositoryArn(
  { region, account }: Pick<ServiceSettings, 'region' | 'account'>,
  name: string,
): string {
  return `arn:aws:backup:${region}:${account}:repository/${name}`;
}

type ServeOptions = StoreMountOptions & { readonly metrics: StoreMetrics };

/** Never rejects. */
async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  options: ServeOptions,
): Promise<void> {
  const target = targetOf(message);
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished)
      gone.abort(new BackupError('store', { attempted: 'answer', detail: 'the client is gone' }));
  });
  try {
    const answer = await answerTo(message, { target, signal: gone.signal, options });
    await writeAnswer(response, answer);
  } catch (error) {
    fail(error, { message, response, options });
  } finally {
    options.metrics.count({
      operation: target.handler === undefined ? 'none' : target.operation,
      status: response.statusCode,
    });
    message.resume(); // what was not read of the body stands before the next request
  }
}

type Target = {
  readonly repositoryName: string;
  readonly operation: string;
  readonly query: URLSearchParams;
  readonly handler: Handler | undefined;
};

async function answerTo(
  message: IncomingMessage,
  {
    target,
    signal,
    options,
  }: { readonly target: Target; readonly signal: AbortSignal; readonly options: ServeOptions },
): Promise<StoreAnswer> {
  const { repositories, authenticator, settings } = options;
  const principal = await principalOf(message, authenticator);
  const { repositoryName, query, handler } = target;
  if (handler === undefined) throw new ApiError('not-found', 'nothing is served at this path');
  const permit = permitOn(authenticator, {
    ...{ message, principal, resource: repositoryArn(settings, repositoryName) },
  });
  return handler({
    message,
    query,
    principal,
    repositoryName,
    signal,
    permit,
    repository: async () => {
      const found = await repositories.find(repositoryName);
      if (found !== undefined) return found;
      throw new BackupError('no-repository', { attempted: 'serve a request', detail: repositoryName });
    },
    repositoryOrNew: async () => {
      const found = await repositories.find(repositoryName);
      if (found !== undefined) return found;
      await permit('backup:CreateRepository');
      return repositories.create(repositoryName);
    },
  });
}

function targetOf(message: IncomingMessage): Target {
  const [path, query = ''] = (message.url ?? '').split('?', 2) as [string, string?];
  const [repositoryName = '', ...rest] = path.slice(storePrefix.length + 1).split('/');
  const operation = `${message.method} ${rest.join('/')}`;
  return { repositoryName, operation, query: new URLSearchParams(query), handler: handlers.get(operation) };
}

function fail(
  error: unknown,
  {
    message,
    response,
    options,
  }: { message: IncomingMessage; response: ServerResponse; options: ServeOptions },
): void {
  const told = toldError(error);
  if (told === undefined) options.telemetry.log.error('backup request failed', { path: message.url, error });
  if (response.headersSent || response.destroyed) {
    response.destroy(); // the client sees that the answer is not whole
    return;
  }
  const unexpected = {
    status: 500,
    code: 'internal',
    message: 'an unexpected error happened; the log has its details',
  };
  writeError(response, told ?? unexpected);
}
