// All bytes of a pack, around places that the store cannot read: a bad sector costs the chunks that lie on it, not the pack.

import type { Blobs, ByteRange } from '@cairn/engines';
import type { World } from '@cairn/world';
import { fillFromBody } from '../core/store/fill-from-body.ts';
import { readAgain, readFailure, takeBody } from '../core/store/only-this-object.ts';
import { isDamage, onStore } from '../core/store/store-error.ts';
import { damaged } from '../format/damaged.ts';

export type ReadPackOptions = {
  readonly blobs: Blobs;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
};

export type PackBytes = {
  /** Zeros where nothing could be read. */
  readonly bytes: Uint8Array;
  /** How many those are. */
  readonly unreadable: number;
};

/** What cannot be read is halved down to this. */
const pieceBytesLeast = 16 * 1024;

/** The first bytes of a pack, as many as `target` has, into it. Undefined when the pack is gone. Throws `store`, `damaged` for one that is shorter. */
export async function readPack(options: ReadPackOptions, target: Uint8Array): Promise<PackBytes | undefined> {
  const { world, signal } = options;
  if (target.length === 0) return { bytes: target, unreadable: 0 };
  return new PackReading(options, target).read({ start: 0, length: target.length }, (read) =>
    readAgain(read, { world, signal }),
  );
}

type Attempts = (read: () => Promise<boolean>) => Promise<boolean>;

class PackReading {
  readonly #options: ReadPackOptions;
  readonly #target: Uint8Array;

  constructor(options: ReadPackOptions, target: Uint8Array) {
    this.#options = options;
    this.#target = target;
  }

  /** Its halves are not tried again: the whole was. */
  async read(range: ByteRange, attempts: Attempts = (read) => read()): Promise<PackBytes | undefined> {
    const { blobs, name } = this.#options;
    try {
      const isThere = await attempts(() => this.#readOnce(range));
      return isThere ? { bytes: this.#target, unreadable: 0 } : undefined;
    } catch (error) {
      const failure = await readFailure({ blobs }, name, error);
      if (!isDamage(failure)) return onStore(`read ${name}`, () => Promise.reject(failure));
      return range.length > pieceBytesLeast ? this.#halves(range) : this.#skip(range);
    }
  }

  async #halves({ start, length }: ByteRange): Promise<PackBytes | undefined> {
    const half = Math.ceil(length / 2);
    const first = await this.read({ start, length: half });
    const second = first && (await this.read({ start: start + half, length: length - half }));
    return second && { bytes: this.#target, unreadable: first.unreadable + second.unreadable };
  }

  #skip({ start, length }: ByteRange): PackBytes {
    this.#target.fill(0, start, start + length);
    return { bytes: this.#target, unreadable: length };
  }

  async #readOnce(range: ByteRange): Promise<boolean> {
    const { blobs, name, signal } = this.#options;
    const into = this.#target.subarray(range.start, range.start + range.length);
    const content = await blobs.get(name, { range, into, ...(signal && { signal }) });
    if (content === undefined) return false;
    const filled = await takeBody(`get ${name}`, () => fillFromBody(into, content.body));
    if (filled !== range.length) throw damaged(name, `${filled ?? 'more'} bytes came of ${range.length}`);
    return true;
  }
}
