// Cuts a stream into chunks, whatever pieces it comes in (DESIGN.md, "Chunking and fingerprints"; the rule: cut-rule.ts).
//
// The bytes lie in the memory of the WebAssembly module that scans them: they are read there and hashed, compressed and
// sealed from there, never copied but for the piece of a chunk that is moved to the front when the memory ends.
//
//   data ..... start ............ scanned ........ filled ........ end of memory
//              the chunk under way                 space for what comes next
//
// Invariant: where a chunk ends depends on its bytes alone. Each byte is scanned once, however it came.

import assert from 'node:assert/strict';
import { webAssembly } from '@cairn/web-assembly';
import { type ChunkBytes, type CutRule, cutRule, windowBytes } from './cut-rule.ts';
import { gearTable } from './gear-table.ts';
import { assembleScan, memoryPlaces, type Scan } from './scan-module.ts';

/** There is always space for so much. */
export const pieceBytes = 1024 * 1024;
const pageBytes = 65_536;

/**
 * One stream after the other. Holds `max` + 1 MiB; not shared between threads.
 *
 * @example
 * const chunker = new Chunker(keyring.chunkerSecret, config.chunkBytes);
 * for (const chunk of chunker.cut([Buffer.from('a stream'), Buffer.from('in pieces')])) store(chunk);
 */
export class Chunker {
  readonly #rule: CutRule;
  readonly #memory: Uint8Array;
  readonly #scan: Scan;
  #start: number = memoryPlaces.data;
  #scanned: number = memoryPlaces.data;
  #filled: number = memoryPlaces.data;

  constructor(chunkerSecret: Uint8Array, sizes: ChunkBytes) {
    const { min, average, max } = sizes;
    assert(windowBytes < min && min <= average && average <= max, 'sizes of chunks ascend');
    this.#rule = cutRule(sizes);
    const pages = Math.ceil((memoryPlaces.data + max + pieceBytes) / pageBytes);
    const memory = new webAssembly.Memory({ initial: pages, maximum: pages });
    const module = new webAssembly.Module(assembleScan(pages));
    const { exports } = new webAssembly.Instance(module, { env: { memory } });
    this.#scan = exports.scan as Scan;
    this.#memory = new Uint8Array(memory.buffer);
    this.#memory.set(gearTable(chunkerSecret), memoryPlaces.gear);
    const view = new DataView(memory.buffer);
    view.setBigUint64(memoryPlaces.strictThreshold, this.#rule.strictThreshold, true);
    view.setBigUint64(memoryPlaces.looseThreshold, this.#rule.looseThreshold, true);
  }

  /** Forgets what there is of a stream: the next byte begins another. */
  reset(): void {
    this.#start = memoryPlaces.data;
    this.#scanned = this.#start;
    this.#filled = this.#start;
  }

  /** Where the next bytes of the stream go: at least `pieceBytes`. Chunks given out before are overwritten. */
  space(): Uint8Array {
    if (this.#memory.length - this.#filled < pieceBytes) this.#moveToFront();
    return this.#memory.subarray(this.#filled);
  }

  /** So many bytes were put at the start of `space()`. */
  advance(bytes: number): void {
    this.#filled += bytes;
    assert(this.#filled <= this.#memory.length, 'what was put is within the space');
  }

  /**
   * The next chunk, valid until the next call of `space`; `undefined` when its end is not among the bytes that came yet. At the
   * end of the stream (`ended`) what is left is a chunk, however short, and `undefined` says that nothing is.
   */
  next(ended: boolean): Uint8Array | undefined {
    const length = this.#lengthOfNext(ended);
    if (length === 0) return undefined;
    const chunk = this.#memory.subarray(this.#start, this.#start + length);
    this.#start += length;
    this.#scanned = this.#start;
    return chunk;
  }

  /** Bytes that came and belong to no chunk yet. */
  get pendingBytes(): number {
    return this.#filled - this.#start;
  }

  /** The length of every chunk of a stream of zeros that is long enough. */
  get zeroChunkBytes(): number {
    const { minBytes, switchBytes, maxBytes, strictThreshold, looseThreshold } = this.#rule;
    // The sum of a word and its doublings, 64 of them, is the negative of the word.
    const hash = BigInt.asUintN(64, -new DataView(this.#memory.buffer).getBigUint64(memoryPlaces.gear, true));
    if (hash < strictThreshold) return minBytes;
    return hash < looseThreshold ? Math.min(switchBytes + 1, maxBytes) : maxBytes;
  }

  /** The chunks of a stream, each valid until the next is asked for. */
  *cut(pieces: Iterable<Uint8Array>): Generator<Uint8Array, void, void> {
    this.reset();
    for (const piece of pieces) {
      for (let offset = 0; offset < piece.length; ) {
        offset += this.put(piece.subarray(offset));
        yield* this.#ready(false);
      }
    }
    yield* this.#ready(true);
  }

  /** Copies the start of `bytes` into the space; returns how many there was space for. */
  put(bytes: Uint8Array): number {
    const space = this.space();
    const taken = Math.min(space.length, bytes.length);
    space.set(bytes.subarray(0, taken));
    this.advance(taken);
    return taken;
  }

  *#ready(ended: boolean): Generator<Uint8Array, void, void> {
    for (let chunk = this.next(ended); chunk !== undefined; chunk = this.next(ended)) yield chunk;
  }

  /** 0 when it is not known yet. */
  #lengthOfNext(ended: boolean): number {
    const { minBytes, switchBytes, maxBytes } = this.#rule;
    const start = this.#start;
    // The hash at the last byte of a chunk decides: that of length `minBytes` is at minBytes - 1.
    if (this.#scanned === start) this.#scanned = start + minBytes - 1;
    const strictEnd = start + switchBytes;
    const cut =
      this.#scanTo(strictEnd, memoryPlaces.strictThreshold) ||
      this.#scanTo(start + maxBytes, memoryPlaces.looseThreshold);
    if (cut !== 0) return cut - start;
    const length = this.#filled - start;
    if (length >= maxBytes) return maxBytes;
    return ended ? length : 0;
  }

  /** Goes on scanning to `end`, as far as there are bytes; the address of the cut, or 0. */
  #scanTo(end: number, threshold: number): number {
    const to = Math.min(end, this.#filled);
    if (to <= this.#scanned) return 0;
    const cut = this.#scan(this.#scanned, to, threshold);
    this.#scanned = to;
    return cut;
  }

  /** The run-up of the next scan is moved along: it lies behind the start of the chunk. */
  #moveToFront(): void {
    const moved = this.#start - memoryPlaces.data;
    this.#memory.copyWithin(memoryPlaces.data, this.#start, this.#filled);
    this.#start -= moved;
    this.#scanned -= moved;
    this.#filled -= moved;
    assert(this.#memory.length - this.#filled >= pieceBytes, 'chunks that are ready were asked for');
  }
}
