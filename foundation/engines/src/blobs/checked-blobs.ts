// What every engine has to refuse in the same way, done once around each: names that are none, ranges and limits out of
// bounds, calls after `close`, calls already aborted.

import assert from 'node:assert/strict';
import {
  type BlobBody,
  type BlobContent,
  type BlobInfo,
  type BlobPage,
  type Blobs,
  blobNameBytesMax,
  blobPageMax,
  type GetOptions,
  type ListOptions,
  type PutOptions,
} from './blobs.ts';
import { BlobsError } from './blobs-error.ts';

export class CheckedBlobs implements Blobs {
  readonly #engine: Blobs;
  #closed = false;

  constructor(engine: Blobs) {
    this.#engine = engine;
  }

  async put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    this.#check({ attempted: `put ${quote(name)}`, names: [name], signal: options.signal });
    return this.#engine.put(name, body, options);
  }

  async get(name: string, options: GetOptions = {}): Promise<BlobContent | undefined> {
    this.#check({ attempted: `get ${quote(name)}`, names: [name], signal: options.signal });
    if (options.range !== undefined) {
      const { start, length } = options.range;
      assert(
        Number.isSafeInteger(start) && start >= 0,
        `a range starts at a byte of the blob, not at ${start}`,
      );
      assert(Number.isSafeInteger(length) && length > 0, `a range has at least one byte, not ${length}`);
    }
    return this.#engine.get(name, options);
  }

  async head(name: string): Promise<BlobInfo | undefined> {
    this.#check({ attempted: `look up ${quote(name)}`, names: [name] });
    return this.#engine.head(name);
  }

  async delete(names: readonly string[]): Promise<void> {
    this.#check({ attempted: `delete ${names.length} blobs`, names });
    if (names.length > 0) await this.#engine.delete(names);
  }

  async list(options: ListOptions): Promise<BlobPage> {
    this.#check({ attempted: `list ${quote(options.prefix)}`, names: [] });
    const limit = options.limit ?? blobPageMax;
    assert(
      Number.isInteger(limit) && limit >= 1 && limit <= blobPageMax,
      `a page has 1-1000 blobs, not ${limit}`,
    );
    return this.#engine.list({ ...options, limit });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#engine.close();
  }

  #check(call: { attempted: string; names: readonly string[]; signal?: AbortSignal | undefined }): void {
    if (this.#closed) throw new BlobsError('closed', { attempted: call.attempted });
    call.signal?.throwIfAborted();
    for (const name of call.names) {
      const problem = problemOf(name);
      if (problem !== undefined) {
        throw new BlobsError('invalid-name', { attempted: call.attempted, detail: problem });
      }
    }
  }
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (!name.isWellFormed()) return 'it is no Unicode: half of a surrogate pair is missing';
  if (name.includes('\0')) return 'it contains U+0000';
  const bytes = Buffer.byteLength(name);
  return bytes > blobNameBytesMax ? `it has ${bytes} bytes, the most is ${blobNameBytesMax}` : undefined;
}

function quote(name: string): string {
  return JSON.stringify(name);
}
