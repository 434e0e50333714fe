// The fingerprint index of the service, request by request. Every request may be sent twice, so what fails for the moment is
// tried again.

import { BlobsError } from '@cairn/engines/blobs';
import { StorePatience, type StorePatienceOptions } from '../../core/store/store-patience.ts';
import { BackupError } from '../../errors.ts';
import type { FetchedFilter } from './filter-copy.ts';
import {
  readAll,
  refusalAsBlobsError,
  type ServiceCall,
  type ServiceConnection,
  ServiceRefusal,
} from './service-connection.ts';

export type IndexRequest = Pick<ServiceCall, 'method' | 'path' | 'query' | 'body'> & {
  /** False: what fails for the moment is not tried again. */
  readonly isPatient?: boolean;
};

export class IndexClient {
  readonly #service: ServiceConnection;
  readonly #patience: StorePatience;

  constructor(service: ServiceConnection, options: StorePatienceOptions) {
    this.#service = service;
    this.#patience = new StorePatience(options);
  }

  /** Throws `BackupError`: `fenced` when the index does not know the session, `denied`, `no-repository`, `store`. */
  async ask({ isPatient = true, ...request }: IndexRequest): Promise<Buffer> {
    return this.#retried((attempted) => this.#service.callForBytes({ ...request, attempted }), isPatient);
  }

  /** Undefined when the version is still that. Throws as `ask` does. */
  async filter(version: string | undefined): Promise<FetchedFilter | undefined> {
    return this.#retried(async (attempted) => {
      const query = version === undefined ? {} : { version };
      const answer = await this.#service.call({ method: 'GET', path: 'index/filter', query, attempted });
      const bytes = await readAll(answer, attempted, filterBytesMax);
      if (answer.statusCode === 304) return undefined;
      return { version: (answer.headers.etag ?? '').replaceAll('"', ''), bytes };
    });
  }

  async #retried<T>(work: (attempted: string) => Promise<T>, isPatient = true): Promise<T> {
    const attempted = 'ask the fingerprint index';
    const isRetryable = (error: unknown) => isPatient && isUnavailable(error);
    try {
      return await this.#patience.retry(() => work(attempted), { isRetryable });
    } catch (cause) {
      throw explained(cause, attempted);
    }
  }
}

/** Of a thousand million chunks it has 1.25 GB. */
const filterBytesMax = 2 * 1024 * 1024 * 1024;

function isUnavailable(error: unknown): boolean {
  if (error instanceof ServiceRefusal) return refusalAsBlobsError(error, '').code === 'unavailable';
  return error instanceof BlobsError && error.code === 'unavailable';
}

function explained(cause: unknown, attempted: string): unknown {
  if (cause instanceof BlobsError)
    return new BackupError('store', { attempted, detail: cause.message, cause });
  if (!(cause instanceof ServiceRefusal)) return cause;
  const detail = cause.message;
  if (cause.code === 'fenced') return new BackupError('fenced', { attempted, detail, cause });
  if (cause.code === 'no-repository') return new BackupError('no-repository', { attempted, detail, cause });
  if (cause.status === 401) return new BackupError('unauthenticated', { attempted, detail, cause });
  if (cause.status === 403) return new BackupError('denied', { attempted, detail, cause });
  return new BackupError('store', { attempted, detail, cause });
}
