// The content of an object that was made from parts, part after part.

import assert from 'node:assert/strict';
import type { BlobReader, DataStore } from '../data/data-store.ts';
import { partKey } from '../encryption/key-wrap.ts';
import type { PartRow } from '../metadata/completion.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { ContentGone } from './content-gone.ts';
import { readEncrypted } from './encryption/encrypted-content.ts';
import { explainingChunks } from './explain-error.ts';
import type { Readable } from './object-content.ts';
import type { ByteRange } from './object-storage.ts';
import type { Places } from './transition/places.ts';

export type Sources = { readonly data: DataStore; readonly metadata: MetadataSql; readonly places: Places };

/** Parts are looked up a page at a time and opened one after the other, so that memory does not grow with them. */
export class PartsContent implements Readable {
  readonly sizeBytes: number;
  readonly whole = undefined;
  readonly #sources: Sources;
  readonly #upload: string;
  readonly #range: ByteRange;
  readonly #objectKey: Uint8Array | undefined;
  readonly #release: () => void;
  readonly #openPart: (part: PartRow) => Promise<BlobReader | undefined>;
  #open: BlobReader | undefined;
  #closed = false;

  constructor(
    sources: Sources,
    options: {
      upload: string;
      range: ByteRange;
      objectKey: Uint8Array | undefined;
      release: () => void;
      /** The bytes of a part; undefined when they are gone. */
      open: (part: PartRow) => Promise<BlobReader | undefined>;
    },
  ) {
    this.#openPart = options.open;
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
    const reader = await this.#openPart(part);
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
    if (this.#objectKey === undefined || part.salt === null) return reader.read(range, { gathers: true });
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
