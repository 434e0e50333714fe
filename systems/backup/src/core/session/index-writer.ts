// The index objects of a session: each names packs that are durable, and is due after so many packs or so long. When it is durable
// too, its packs are announced: others may rely on them from then on.
//
// Packs leave the list of those to be named only when an index object that names them is durable, and that of those to be
// announced only when they were: what failed is tried again with the next, and `flush` fails until all is done.

import type { Clock, Timer } from '@cairn/world';
import { encodeIndexObject } from '../../format/index-object.ts';
import { indexObjectMs, packsPerIndexObject } from '../../limits.ts';
import type { PackSummary } from '../../packing/sealed-pack.ts';

export type IndexWriterOptions = {
  readonly clock: Clock;
  /** Puts the payload of an index object; resolves to its id when it is durable. */
  readonly put: (payload: Buffer) => Promise<string>;
  readonly announce: (object: IndexedPacks) => Promise<void>;
};

type IndexedPacks = { readonly id: string; readonly packs: readonly PackSummary[] };

export class IndexWriter {
  readonly #options: IndexWriterOptions;
  #open: PackSummary[] = [];
  #indexed: IndexedPacks[] = [];
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: IndexWriterOptions) {
    this.#options = options;
  }

  /** The pack is durable. Writes an index object when that is due. */
  async add(pack: PackSummary): Promise<void> {
    this.#open.push(pack);
    if (this.#open.length >= packsPerIndexObject) await this.flush();
    else this.#arm();
  }

  /** Resolves when every pack so far is named by a durable index object and was announced. */
  flush(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {}); // this call's failure is its caller's
    return written;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #write(): Promise<void> {
    this.stop();
    await this.#writeIndexObject();
    await this.#announce();
  }

  async #writeIndexObject(): Promise<void> {
    const packs = this.#open;
    if (packs.length === 0) return;
    this.#open = [];
    try {
      const id = await this.#options.put(encodeIndexObject(packs));
      this.#indexed.push({ id, packs });
    } catch (error) {
      this.#open = [...packs, ...this.#open];
      throw error;
    }
  }

  async #announce(): Promise<void> {
    for (let next = this.#indexed[0]; next !== undefined; next = this.#indexed[0]) {
      await this.#options.announce(next);
      this.#indexed.shift();
    }
  }

  #arm(): void {
    // What fails here stays open, and is the error of the next flush if it goes on.
    this.#timer ??= this.#options.clock.setTimer(indexObjectMs, () => void this.flush().catch(() => {}));
  }
}
