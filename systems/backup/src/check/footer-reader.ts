// Reads the footers of packs, one small request each, and compares them with what index objects say.

import { BlobsError } from '@cairn/engines/blobs';
import type { Repository } from '../core/repository.ts';
import { fillFromBody } from '../core/store/fill-from-body.ts';
import { readAgain, readFailure, takeBody } from '../core/store/only-this-object.ts';
import { isDamage, onStore } from '../core/store/store-error.ts';
import { objectName } from '../format/object-names.ts';
import { packObjectBytesHighest } from '../limits.ts';
import { PackReader } from '../packing/open-pack.ts';
import { packHeaderBytes, packTrailerBytes } from '../packing/pack-layout.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';

/** Footers are longer than this only in packs of thousands of chunks: then a second request fetches the rest. */
const tailBytesGuess = 64 * 1024;
const trailerLengthBytes = 4;

export class FooterReader {
  readonly #repository: Repository;
  readonly #packs: PackReader;

  constructor(repository: Repository) {
    this.#repository = repository;
    this.#packs = new PackReader(repository.config, repository.keyring);
  }

  /**
   * What a listed pack says that it holds. `footerBytes` is how long its footer is known to be. Undefined when the pack is
   * gone; a text where it cannot be read.
   */
  async read(id: string, sizeBytes: number, footerBytes?: number): Promise<PackSummary | string | undefined> {
    try {
      return await this.#read(id, sizeBytes, footerBytes);
    } catch (error) {
      if (isDamage(error)) return error.detail ?? error.message;
      throw error;
    }
  }

  async #read(
    id: string,
    sizeBytes: number,
    footerBytes?: number,
  ): Promise<PackSummary | string | undefined> {
    const name = objectName('packs', id);
    if (sizeBytes < packHeaderBytes + packTrailerBytes) return 'it is too short for a pack';
    const wanted = footerBytes === undefined ? tailBytesGuess : footerBytes + packTrailerBytes;
    const header = await this.#range(name, 0, packHeaderBytes);
    let tail = await this.#range(name, sizeBytes - Math.min(wanted, sizeBytes), Math.min(wanted, sizeBytes));
    if (header === undefined || tail === undefined) return undefined;
    const missing = footerBytesOf(tail) + packTrailerBytes;
    if (missing > packObjectBytesHighest) return 'it says that its footer is longer than a pack';
    if (missing > tail.length && missing <= sizeBytes) {
      tail = await this.#range(name, sizeBytes - missing, missing);
      if (tail === undefined) return undefined;
    }
    const { contents: _contents, ...summary } = this.#packs.openEnds({ id, sizeBytes, header, tail });
    return summary;
  }

  /** Undefined also where the pack is shorter than it was listed. Throws `damaged` where the store cannot read it. */
  async #range(name: string, start: number, length: number): Promise<Uint8Array | undefined> {
    const { blobs, world } = this.#repository;
    const into = new Uint8Array(length);
    const read = async () => {
      const content = await blobs.get(name, { range: { start, length }, into });
      if (content === undefined) return undefined;
      const filled = await takeBody(`get ${name}`, () => fillFromBody(into, content.body));
      return filled === length ? into : undefined;
    };
    return onStore(`read ${name}`, async () => {
      try {
        return await readAgain(read, { world });
      } catch (error) {
        if (error instanceof BlobsError && error.code === 'invalid-range') return undefined;
        throw await readFailure({ blobs }, name, error);
      }
    });
  }
}

/** What the trailer at the end says; nobody has checked it yet. */
function footerBytesOf(tail: Uint8Array): number {
  const trailer = tail.subarray(-packTrailerBytes);
  return Buffer.from(trailer.subarray(0, trailerLengthBytes)).readUInt32LE();
}
