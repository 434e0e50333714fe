// Reads a blob that is kept as copies: from the first drive of its ranks, and from the next when that one fails, at the
// byte where it failed.

import { BlobDamagedError, type BlobReader, type ReadHooks } from '../../data/data-store.ts';
import type { Slot } from '../set/slot.ts';
import { isDriveTrouble, type OnTrouble } from './drive-trouble.ts';
import { hookedChunks } from './reader-chunks.ts';

type Open = { readonly slot: Slot; readonly reader: BlobReader };

export class CopiesReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #blob: string;
  /** Not tried yet. */
  readonly #slots: Iterator<Slot>;
  readonly #onTrouble: OnTrouble;
  readonly #opened: BlobReader[] = [];
  #current: Open;
  #closed = false;

  private constructor(blob: string, options: { first: Open; slots: Iterator<Slot>; onTrouble: OnTrouble }) {
    this.#blob = blob;
    this.#current = options.first;
    this.#opened.push(options.first.reader);
    this.#slots = options.slots;
    this.#onTrouble = options.onTrouble;
    this.sizeBytes = options.first.reader.sizeBytes;
  }

  /** Undefined when no drive that can be asked has a copy. */
  static async open(
    blob: string,
    options: { ranked: readonly Slot[]; copies: number; onTrouble: OnTrouble },
  ): Promise<CopiesReader | undefined> {
    const slots = options.ranked.values();
    const first = await nextCopy(blob, { ...options, slots, homes: options.ranked.slice(0, options.copies) });
    return first === undefined ? undefined : new CopiesReader(blob, { ...options, slots, first });
  }

  read(range: { start: number; length: number }, hooks?: ReadHooks): AsyncIterable<Uint8Array> {
    return hookedChunks(this.#chunks(range, { gathers: hooks?.gathers ?? false }), hooks);
  }

  close(): void {
    this.#closed = true;
    for (const reader of this.#opened.splice(0)) reader.close();
  }

  async *#chunks(
    { start, length }: { start: number; length: number },
    hooks: ReadHooks,
  ): AsyncGenerator<Uint8Array> {
    const end = start + length;
    for (let position = start; ; ) {
      try {
        const left = { start: position, length: end - position };
        for await (const chunk of this.#current.reader.read(left, hooks)) {
          yield chunk;
          position += chunk.byteLength;
        }
        return;
      } catch (error) {
        if (!isDriveTrouble(error)) throw error;
        await this.#next(error);
      }
    }
  }

  /** Throws what the last copy failed with when there is no other. */
  async #next(error: unknown): Promise<void> {
    const blob = this.#blob;
    this.#onTrouble({ blob, slot: this.#current.slot, error });
    const next = await nextCopy(blob, { slots: this.#slots, homes: [], onTrouble: this.#onTrouble });
    if (next === undefined) throw error;
    if (this.#closed) next.reader.close();
    else this.#opened.push(next.reader);
    if (next.reader.sizeBytes !== this.sizeBytes) {
      throw new BlobDamagedError(blob, { detail: 'its copies are not equally long' });
    }
    this.#current = next;
  }
}

async function nextCopy(
  blob: string,
  { slots, homes, onTrouble }: { slots: Iterator<Slot>; homes: readonly Slot[]; onTrouble: OnTrouble },
): Promise<Open | undefined> {
  for (;;) {
    const next = slots.next();
    if (next.done === true) return undefined;
    const slot = next.value;
    const { store } = slot;
    if (store === undefined) continue;
    try {
      const reader = await store.open(blob);
      if (reader !== undefined) return { slot, reader };
      if (homes.includes(slot)) onTrouble({ blob, slot, error: undefined });
    } catch (error) {
      if (!isDriveTrouble(error)) throw error;
      onTrouble({ blob, slot, error });
    }
  }
}
