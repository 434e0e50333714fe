// The fingerprint index of the service, request by request. Every request may be sent twice, so what fails for the moment is
// tried again.

import { BlobsError } from '@cairn/engines/blobs';
import { RetryBudget, retry } from '@cairn/resilience';
import type { World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import type { FetchedFilter } from './filter-copy.ts';
import { type ServiceCall, type ServiceConnection, ServiceRefusal } from './service-connection.ts';

export type IndexRequest = Pick<ServiceCall, 'method' | 'path' | 'query' | 'body'> & {
  /** As of `retry`. */
  readonly attemptsMax?: number;
};

export class IndexClient {
  readonly #service: ServiceConnection;
  readonly #world: World;
  readonly #budget = new RetryBudget();

  constructor(service: ServiceConnection, world: World) {
    this.#service = service;
    this.#world = world;
  }

  /** Throws `BackupError`: `fenced` when the index does not know the session, `denied`, `no-repository`, `store`. */
  async ask({ attemptsMax, ...request }: IndexRequest): Promise<Buffer> {
    return this.#retried((attempted) => this.#service.callForBytes({ ...request, attempted }), attemptsMax);
  }

  /** Undefined when the version is still that. Throws as `ask` does. */
  async filter(version: string | undefined): Promise<FetchedFilter | undefined> {
    return this.#retried(async (attempted) => {
      const query = version === undefined ? {} : { version };
      const answer = await this.#service.call({ method: 'GET', path: 'index/filter', query, attempted });
      const pieces = await Array.fromAsync(answer as AsyncIterable<Buffer>);
      if (answer.statusCode === 304) return undefined;
      return { version: (answer.headers.etag ?? '').replaceAll('"', ''), bytes: Buffer.concat(pieces) };
    });
  }

  async #retried<T>(work: (attempted: string) => Promise<T>, attemptsMax?: number): Promise<T> {
    const attempted = 'ask the fingerprint index';
    try {
      return await retry(() => work(attempted), {
        world: this.#world,
        budget: this.#budget,
        ...(attemptsMax !== undefined && { attemptsMax }),
        isRetryable: (error) => isUnavailable(error),
      });
    } catch (cause) {
      throw explained(cause, attempted);
    }
  }
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof BlobsError) return error.code === 'unavailable';
  return error instanceof ServiceRefusal && (error.status === 503 || error.status === 429);
}

function explained(cause: unknown, attempted: string): unknown {
  if (cause instanceof BlobsError)
    return new BackupError('store', { attempted, detail: cause.message, cause });
  if (!(cause instanceof ServiceRefusal)) return cause;
  const detail = cause.message;
  if (cause.code === 'fenced') return new BackupError('fenced', { attempted, detail, cause });
  if (cause.code === 'no-repository') return new BackupError('no-repository', { attempted, detail, cause });
  if (cause.status === 401 || cause.status === 403)
    return new BackupError('denied', { attempted, detail, cause });
  return new BackupError('store', { attempted, detail, cause });
}
