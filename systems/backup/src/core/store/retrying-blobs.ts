// Blobs whose calls are tried again when the store fails for the moment.
//
// A put whose answer was lost may have taken effect, so `ifAbsent` tried again may find the caller's own blob; also the first time, for the
// engine below tries again by itself (S3's SDK does). What is put so in a repository is sealed under a fresh salt: equal
// bytes are the caller's own, and then it was he who stored it.

import {
  type BlobBody,
  type BlobContent,
  type BlobInfo,
  type BlobPage,
  type Blobs,
  BlobsError,
  type GetOptions,
  type ListOptions,
  type PutOptions,
} from '@cairn/engines/blobs';
import { collectBody } from './collect-body.ts';
import type { StorePatience } from './store-patience.ts';

/** Of what the store has and cannot read: its disk has tried for long already. */
const unreadableAttemptsMax = 2;

export class RetryingBlobs implements Blobs {
  readonly #blobs: Blobs;
  readonly #patience: Pick<StorePatience, 'retry'>;

  constructor(blobs: Blobs, patience: Pick<StorePatience, 'retry'>) {
    this.#blobs = blobs;
    this.#patience = patience;
  }

  /** A stream cannot be read twice: it is put once. */
  async put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    if (!(body instanceof Uint8Array)) return this.#blobs.put(name, body, options);
    return this.#retry(options.signal, async () => {
      const outcome = await this.#blobs.put(name, body, options);
      if (outcome === 'stored') return outcome;
      return (await this.#holds(name, body)) ? 'stored' : 'exists';
    });
  }

  get(name: string, options: GetOptions = {}): Promise<BlobContent | undefined> {
    return this.#retry(options.signal, () => this.#blobs.get(name, options));
  }

  head(name: string): Promise<BlobInfo | undefined> {
    return this.#retry(undefined, () => this.#blobs.head(name));
  }

  delete(names: readonly string[]): Promise<void> {
    return this.#retry(undefined, () => this.#blobs.delete(names));
  }

  list(options: ListOptions): Promise<BlobPage> {
    return this.#retry(undefined, () => this.#blobs.list(options));
  }

  close(): Promise<void> {
    return this.#blobs.close();
  }

  async #holds(name: string, bytes: Uint8Array): Promise<boolean> {
    const content = await this.#blobs.get(name);
    if (content === undefined) return false;
    const found = await collectBody(content.body, bytes.length);
    return found !== undefined && Buffer.compare(found, bytes) === 0;
  }

  #retry<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    let unreadable = 0;
    const isWorthIt = (error: unknown) =>
      isRetryable(error) && (!isUnreadable(error) || ++unreadable < unreadableAttemptsMax);
    return this.#patience.retry(work, { isRetryable: isWorthIt, ...(signal && { signal }) });
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof BlobsError && error.code === 'unreadable';
}

/** A full store is not empty a second later. */
export function isRetryable(error: unknown): boolean {
  return error instanceof BlobsError && error.retryable && error.code !== 'full';
}
