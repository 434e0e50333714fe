// A store in memory for tests: the blobs port with G1 and G2 of DESIGN.md, that fails and lies where a test says so.
//
//   const blobs = new MemoryBlobs({ clock });
//   blobs.disturb = failing((call) => call.operation === 'put' && call.name.startsWith('packs/'), 'before');
//
// A call that a test holds back or fails is decided by `disturb` alone; nothing is random here.

import assert from 'node:assert/strict';
import {
  type BlobBody,
  type BlobContent,
  type BlobInfo,
  type BlobPage,
  type Blobs,
  BlobsError,
  type ByteRange,
  blobPageMax,
  type GetOptions,
  type ListOptions,
  type PutOptions,
  untilAborted,
} from '@cairn/engines';
import type { Clock } from '@cairn/world';

export type BlobCall = {
  readonly operation: 'put' | 'get' | 'head' | 'delete' | 'list';
  /** The name, the first of those to be deleted, or the prefix. */
  readonly name: string;
  /** What the call will store. */
  readonly bytes?: Uint8Array;
  /** What a get asks for; all where it is absent. */
  readonly range?: ByteRange;
};

/**
 * Looked at before each call takes effect. It may wait; what it throws fails the call, which then has no effect; `after`
 * lets it take effect and then fails it, as a network does that loses the answer.
 */
export type Disturbance = (call: BlobCall) => Promise<undefined | 'after'> | undefined | 'after';

export class MemoryBlobs implements Blobs {
  disturb: Disturbance = () => undefined;
  /** Every call so far, the ones that failed included. */
  readonly calls: BlobCall[] = [];
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #stored = new Map<string, { readonly bytes: Uint8Array; readonly modifiedMs: number }>();

  constructor({ clock }: { clock: Pick<Clock, 'nowMs'> }) {
    this.#clock = clock;
  }

  async put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    const bytes = body instanceof Uint8Array ? Uint8Array.from(body) : await collect(body, options.signal);
    return this.#call({ operation: 'put', name, bytes }, () => {
      options.signal?.throwIfAborted();
      if (options.ifAbsent && this.#stored.has(name)) return 'exists';
      this.#stored.set(name, { bytes, modifiedMs: this.#clock.nowMs() });
      return 'stored';
    });
  }

  async get(name: string, options: GetOptions = {}): Promise<BlobContent | undefined> {
    options.signal?.throwIfAborted();
    const { range } = options;
    return this.#call({ operation: 'get', name, ...(range && { range }) }, () => {
      const info = this.#infoOf(name);
      if (info === undefined) return undefined;
      const { start, length } = options.range ?? { start: 0, length: info.sizeBytes };
      if (start + length > info.sizeBytes) {
        const detail = `${length} bytes from ${start} of ${info.sizeBytes}`;
        throw new BlobsError('invalid-range', { attempted: `get ${name}`, detail });
      }
      const bytes = this.#stored.get(name)!.bytes.slice(start, start + length);
      return { info, body: pieces(bytes, options.signal) };
    });
  }

  async head(name: string): Promise<BlobInfo | undefined> {
    return this.#call({ operation: 'head', name }, () => this.#infoOf(name));
  }

  async delete(names: readonly string[]): Promise<void> {
    await this.#call({ operation: 'delete', name: names[0] ?? '' }, () => {
      for (const name of names) this.#stored.delete(name);
    });
  }

  async list({ prefix, after = '', limit = blobPageMax }: ListOptions): Promise<BlobPage> {
    return this.#call({ operation: 'list', name: prefix }, () => {
      const found = this.names(prefix).filter((name) => byBytes(name, after) > 0);
      const blobs = found.slice(0, limit).map((name) => this.#infoOf(name)!);
      return { blobs, more: found.length > limit };
    });
  }

  async close(): Promise<void> {}

  /** All names with the prefix, in the order of their bytes. */
  names(prefix = ''): readonly string[] {
    return [...this.#stored.keys()].filter((name) => name.startsWith(prefix)).sort(byBytes);
  }

  /** What is stored, itself. */
  bytesOf(name: string): Uint8Array {
    const stored = this.#stored.get(name);
    assert(stored !== undefined, `there is no ${name}`);
    return stored.bytes;
  }

  /** Puts what `change` makes of a blob in its place, as a rotten disk or a malicious store would. */
  alter(name: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const bytes = change(Uint8Array.from(this.bytesOf(name)));
    this.#stored.set(name, { ...this.#stored.get(name)!, bytes });
  }

  /** All that is stored, to compare or to go back to with `restore`. */
  snapshot(): ReadonlyMap<string, { readonly bytes: Uint8Array; readonly modifiedMs: number }> {
    return new Map(this.#stored);
  }

  restore(stored: ReturnType<MemoryBlobs['snapshot']>): void {
    this.#stored.clear();
    for (const [name, blob] of stored) this.#stored.set(name, blob);
  }

  async #call<T>(call: BlobCall, effect: () => T): Promise<T> {
    this.calls.push(call);
    const disturbed = await this.disturb(call);
    const result = effect();
    if (disturbed === 'after') throw lost(call);
    return result;
  }

  #infoOf(name: string): BlobInfo | undefined {
    const stored = this.#stored.get(name);
    return stored && { name, sizeBytes: stored.bytes.length, modifiedMs: stored.modifiedMs };
  }
}

/** Fails the first `times` calls that `which` picks, before they take effect or after. */
export function failing(
  which: (call: BlobCall) => boolean,
  when: 'before' | 'after',
  times = Number.POSITIVE_INFINITY,
): Disturbance {
  let left = times;
  return (call) => {
    if (left <= 0 || !which(call)) return undefined;
    left -= 1;
    if (when === 'after') return 'after';
    throw lost(call);
  };
}

/** What is read of `name` fails where it takes in the byte at `at`; everywhere when absent. */
export function badSector(name: string, at?: number): Disturbance {
  return ({ operation, name: asked, range }) => {
    if (operation !== 'get' || asked !== name) return undefined;
    const isBeside =
      at !== undefined && range !== undefined && (at < range.start || at >= range.start + range.length);
    if (isBeside) return undefined;
    throw new BlobsError('unreadable', { attempted: `get ${name}`, detail: 'EIO: i/o error, read' });
  };
}

function lost({ operation, name }: BlobCall): BlobsError {
  return new BlobsError('unavailable', { attempted: `${operation} ${name}`, detail: 'the test says so' });
}

async function collect(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Uint8Array> {
  const pieces = await Array.fromAsync(untilAborted(body, signal), (piece) => Uint8Array.from(piece));
  return Uint8Array.from(Buffer.concat(pieces));
}

async function* pieces(bytes: Uint8Array, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    signal?.throwIfAborted();
    yield bytes.subarray(start, start + pieceBytes);
  }
}

const pieceBytes = 256 * 1024;

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
