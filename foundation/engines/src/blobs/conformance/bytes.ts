// Bytes to store, and bytes that came back.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Blobs, ByteRange } from '../blobs.ts';

/** Random bytes and numbers that a seed repeats. */
export class SeededBytes {
  readonly #seed: number;
  #counter = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  bytes(length: number): Buffer {
    const hash = createHash('shake256', { outputLength: length });
    return hash.update(`${this.#seed} ${this.#counter++}`).digest();
  }

  /** From 0, below `below`. */
  integer(below: number): number {
    return this.bytes(6).readUIntBE(0, 6) % below;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!;
  }
}

/** The bytes as a stream, in pieces of uneven lengths. */
export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0, length = 1; start < bytes.length; length = Math.min(length * 2 + 1, pieceBytes)) {
    yield bytes.subarray(start, start + length);
    start += length;
  }
}

/** The whole blob or a range of it; undefined when there is none. */
export async function readBlob(blobs: Blobs, name: string, range?: ByteRange): Promise<Buffer | undefined> {
  const content = await blobs.get(name, range && { range });
  if (content === undefined) return undefined;
  assert.equal(content.info.name, name);
  return Buffer.concat(await Array.fromAsync(content.body));
}

export async function assertHolds(blobs: Blobs, name: string, expected: Uint8Array): Promise<void> {
  const found = await readBlob(blobs, name);
  assert(found !== undefined, `${JSON.stringify(name)} is not there`);
  assert(found.equals(expected), `${JSON.stringify(name)} holds ${found.length} other bytes than were put`);
}

export function byUtf8Bytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
