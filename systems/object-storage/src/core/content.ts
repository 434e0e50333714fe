// The content of an object: one blob, or the blobs of its parts one after the other, as one Readable.

import assert from 'node:assert/strict';
import type { BlobReader, DataStore } from '../data/data-store.ts';
import { partKey } from '../encryption/key-wrap.ts';
import type { PartRow } from '../metadata/completion.ts';
import type { ObjectRow } from '../metadata/objects.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { ContentGone } from './content-gone.ts';
import { openEncryptedContent, readEncrypted } from './encryption/encrypted-content.ts';
import { explainError, explainingChunks } from './explain-error.ts';
import { type Readable, wholeContent } from './object-content.ts';
import type { ByteRange } from './object-storage.ts';

type Sources = { readonly data: DataStore; readonly metadata: MetadataSql };

/** Throws ContentGone when the object's bytes were removed since its row was read. */
export async function openContent(
  sources: Sources,
  object: ObjectRow,
  {
    range,
    objectKey,
    release,
  }: { range: ByteRange | undefined; objectKey: Uint8Array | undefined; release: () => void },
): Promise<Readable> {
  const bytes = range ?? { start: 0, length: object.size };
  if (object.part_count !== null) {
    return new PartsContent(sources, { upload: object.data, range: bytes, objectKey, release });
  }
  if (objectKey === undefined) return openBlobContent(sources.data, { blob: object.data, range: bytes });
  const opening = { key: objectKey, range: bytes, plainBytes: object.size };
  return openEncryptedContent(sources.data, object.data, opening);
}

async function openBlobContent(
  data: DataStore,
  options: { blob: string; range: ByteRange },
): Promise<Readable> {
  const { start, length } = options.range;
  const known = data.readNow(options.blob);
  if (known !== undefined) return wholeContent(known.subarray(start, start + length));
  const reader = await data.open(options.blob);
  if (reader === undefined) throw new ContentGone();
  try {
    // Its place is known now, and may be at hand.
    const all = data.readNow(options.blob);
    if (all === undefined) return blobContent(reader, options.range);
    reader.close();
    return wholeContent(all.subarray(start, start + length));
  } catch (error) {
    reader.close();
    throw error;
  }
}

function blobContent(reader: BlobReader, range: ByteRange): Readable {
  return {
    sizeBytes: range.length,
    whole: undefined,
    chunks: () => reader.read(range, { explain: explainError, onEnd: () => reader.close() }),
    close: () => reader.close(),
  };
}

/** Parts are looked up a page at a time and opened one after the other, so that memory does not grow with them. */
class PartsContent implements Readable {
  readonly sizeBytes: number;
  readonly whole = undefined;
  readonly #sources: Sources;
  readonly #upload: string;
  readonly #range: ByteRange;
  readonly #objectKey: Uint8Array | undefined;
  readonly #release: () => void;
  #open: BlobReader | undefined;
  #closed = false;

  constructor(
    sources: Sources,
    options: {
      upload: string;
      range: ByteRange;
      objectKey: Uint8Array | undefined;
      release: () => void;
    },
  ) {
    this.#objectKey = options.objectKey;
    this.#sources = sources;
    this.#upload = options.upload;
    this.#range = options.range;
    this.sizeBytes = options.range.length;
    this.#release = options.release;
  }

  chunks(): AsyncIterable<Uint8Array> {
    return explainingChunks(this.#chunks());
  }

  async *#chunks(): AsyncIterable<Uint8Array> {
    const end = this.#range.start + this.#range.length;
    let position = this.#range.start;
    try {
      for await (const part of this.#parts(position)) {
        if (position >= end || this.#closed) return;
        const partStart = part.start!;
        if (partStart > position) break;
        const range = {
          start: position - partStart,
          length: Math.min(end, partStart + part.size) - position,
        };
        yield* this.#partChunks(part, range);
        position += range.length;
      }
      if (position < end) throw new ContentGone();
    } finally {
      this.#release();
    }
  }

  close(): void {
    this.#closed = true;
    this.#open?.close();
    this.#release();
  }

  async *#partChunks(part: PartRow, range: ByteRange): AsyncIterable<Uint8Array> {
    const reader = await this.#sources.data.open(part.blob);
    if (reader === undefined) throw new ContentGone();
    this.#open = reader;
    try {
      yield* this.#read(reader, part, range);
    } finally {
      reader.close();
    }
  }

  #read(reader: BlobReader, part: PartRow, range: ByteRange): AsyncIterable<Uint8Array> {
    const sealed = part.salt !== null;
    assert(sealed === (this.#objectKey !== undefined), 'all parts of an encrypted object are encrypted');
    if (this.#objectKey === undefined || part.salt === null) return reader.read(range);
    const key = partKey(this.#objectKey, part.salt);
    return readEncrypted(reader, { key, range, plainBytes: part.size });
  }

  /** The parts from the one that holds `position` on. */
  async *#parts(position: number): AsyncIterable<PartRow> {
    const { metadata } = this.#sources;
    const upload = this.#upload;
    let page = await metadata.read('listObjectPartsFrom', { upload, position, limit: pageParts });
    while (page.length > 0) {
      yield* page;
      const afterPart = page.at(-1)!.number;
      page = await metadata.read('listObjectParts', { upload, afterPart, limit: pageParts });
    }
  }
}

const pageParts = 100;
