// Where chunks go: fingerprinted, claimed in the table that all threads share, and, when this thread is the first to have
// them, compressed, sealed and packed (DESIGN.md, "Create"). Archivers use one for contents, the walker one for manifests.

import { ByteWriter } from '../format/byte-writer.ts';
import type { ArchiverCounts, ArchiverInit } from './archiver-messages.ts';
import { FingerprintTable } from './fingerprint-table.ts';
import { createFingerprinter, type Fingerprinter, fingerprintBytes } from './fingerprinter.ts';
import { HeldChunks } from './held-chunks.ts';
import { PackBuffers } from './pack-buffers.ts';
import { PackWriter } from './pack-writer.ts';
import type { PackType, SealedPack } from './sealed-pack.ts';

export type ChunkSinkOptions = ArchiverInit & {
  readonly type: PackType;
  /** 32 random bytes, fresh for every pack. */
  readonly newSalt: () => Uint8Array;
};

/**
 * Not shared between threads. Packs and counts are collected until they are taken.
 *
 * With `lookup: 'ask'` a chunk that the table does not know is held: `takeQuestions` names it, `answer` packs it or drops it.
 *
 * @example
 * const sink = new ChunkSink({ ...init, type: 'manifest', newSalt: () => randomBytes(32) });
 * for (const chunk of chunker.cut([bytes])) fingerprints.push(Uint8Array.from(sink.add(chunk)));
 * sink.flush();
 * const packs = sink.takePacks();
 */
export class ChunkSink {
  readonly #fingerprinter: Fingerprinter;
  readonly #table: FingerprintTable;
  readonly #writer: PackWriter;
  readonly #asks: boolean;
  readonly #dry: boolean;
  readonly #held = new HeldChunks();
  readonly #fingerprint = Buffer.alloc(fingerprintBytes);
  #packs: SealedPack[] = [];
  #counts = noArchiverCounts();

  constructor(options: ChunkSinkOptions) {
    this.#fingerprinter = createFingerprinter(options.config, options.keyring);
    this.#table = FingerprintTable.attach(options.table);
    this.#writer = new PackWriter({ ...options, buffers: PackBuffers.attach(options.buffers) });
    this.#asks = options.lookup === 'ask';
    this.#dry = options.dry;
  }

  /** Takes a chunk; returns its fingerprint, valid until the next call. The chunk's bytes are not kept. */
  add(chunk: Uint8Array): Uint8Array {
    this.#fingerprinter(chunk, this.#fingerprint);
    this.#counts.chunks += 1;
    if (this.#table.claim(this.#fingerprint) === 'claimed') this.#addNew(this.#fingerprint, chunk);
    return this.#fingerprint;
  }

  /** Takes a chunk that was just added so many times more. */
  addAgain(count: number): void {
    this.#counts.chunks += count;
  }

  /** Raw bytes of chunks whose questions are not answered. */
  get heldBytes(): number {
    return this.#held.sizeBytes;
  }

  /** Fingerprints to be looked up, n x 32 bytes: each is given out once. */
  takeQuestions(): Uint8Array {
    return this.#held.takeQuestions();
  }

  /** Answers the oldest questions, a byte for each: 0 is not known. */
  answer(known: Uint8Array): void {
    this.#held.answer(known, ({ fingerprint, raw }) => this.#pack(fingerprint, raw));
  }

  /** Gives out the pack under way, however small. */
  flush(): void {
    const pack = this.#writer.finish();
    if (pack === undefined) return;
    this.#packs.push(pack);
    this.#counts.bytesStored += pack.sizeBytes;
  }

  /** Packs that are complete. */
  takePacks(): readonly SealedPack[] {
    const packs = this.#packs;
    this.#packs = [];
    return packs;
  }

  /** What was done since the last call; `bytesRead` is 0. `bytesStored` counts packs when they are complete. */
  takeCounts(): ArchiverCounts {
    const counts = this.#counts;
    this.#counts = noArchiverCounts();
    return counts;
  }

  #addNew(fingerprint: Uint8Array, chunk: Uint8Array): void {
    if (this.#asks) this.#held.add(fingerprint, chunk);
    else this.#pack(fingerprint, chunk);
  }

  #pack(fingerprint: Uint8Array, chunk: Uint8Array): void {
    this.#counts.chunksNew += 1;
    this.#counts.bytesNew += chunk.length;
    if (this.#dry) return;
    if (!this.#writer.hasRoomFor(chunk.length)) this.flush();
    this.#writer.add(fingerprint, chunk);
  }
}

type Counts = { -readonly [Name in keyof ArchiverCounts]: number };

export function noArchiverCounts(): Counts {
  return { bytesRead: 0, chunks: 0, chunksNew: 0, bytesNew: 0, bytesStored: 0 };
}

export function sumOfCounts(one: ArchiverCounts, other: ArchiverCounts): ArchiverCounts {
  return {
    bytesRead: one.bytesRead + other.bytesRead,
    chunks: one.chunks + other.chunks,
    chunksNew: one.chunksNew + other.chunksNew,
    bytesNew: one.bytesNew + other.bytesNew,
    bytesStored: one.bytesStored + other.bytesStored,
  };
}

/** The fingerprints of one content, in order. */
export class FingerprintList {
  readonly #bytes = new ByteWriter();

  add(fingerprint: Uint8Array): void {
    this.#bytes.raw(fingerprint);
  }

  clear(): void {
    this.#bytes.clear();
  }

  /** n x 32 bytes in memory of their own; empties the list. */
  take(): Uint8Array {
    const taken = Uint8Array.from(this.#bytes.view());
    this.#bytes.clear();
    return taken;
  }
}
