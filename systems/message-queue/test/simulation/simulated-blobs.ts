// A blobs engine on another machine: it outlives every crash of the broker, answers late, fails, does what it says that it
// did not do, and goes on with a put whose caller died.

import { type BlobContent, type Blobs, BlobsError, type ByteRange } from '@cairn/engines';
import type { Clock, World } from '@cairn/world';
import type { SeededRandom } from '@cairn/world/simulated';

export type BlobsMood = {
  /** Of calls, from 0 to 1. */
  readonly failing: number;
  readonly delayMsMax: number;
  /** Of puts, from 0 to 1: acknowledged, and lost or cut short. */
  readonly lying?: number;
};

type Call = <T>(attempted: string, work: () => T) => Promise<T>;

export const calm: BlobsMood = { failing: 0, delayMsMax: 2 };

export class SimulatedBlobs {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #stored = new Map<string, Buffer>();
  mood: BlobsMood = calm;
  #rotsNext = false;
  /** Puts that somebody waits for, or nobody any more. */
  #underWay = 0;
  readonly #idle = new Set<() => void>();

  constructor(parts: { readonly clock: Clock; readonly random: SeededRandom }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  names(): readonly string[] {
    return [...this.#stored.keys()].toSorted();
  }

  /** A bit rots, at a byte counted from the beginning, or, below 0, from the end. */
  rot(name: string, at: number): void {
    const bytes = this.#stored.get(name)!;
    bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  }

  bytesOf(name: string): Buffer {
    return Buffer.from(this.#stored.get(name)!);
  }

  /** As somebody else would put it there. */
  place(name: string, bytes: Uint8Array): void {
    this.#stored.set(name, Buffer.from(bytes));
  }

  /** What the next `get` gives has a wrong bit; what is stored has not. */
  rotNextRead(): void {
    this.#rotsNext = true;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /** As a process has it open: by its own clock, no call is answered after its death. */
  open({ clock }: Pick<World, 'clock'>): Blobs {
    const call: Call = async (attempted, work) => {
      const settled = await this.#call(attempted, work).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      await clock.sleep(0);
      if ('error' in settled) throw settled.error;
      return settled.value;
    };
    return {
      put: async (name, body, { signal } = {}) => {
        const pieces: Uint8Array[] = [];
        for await (const piece of body instanceof Uint8Array ? [body] : body) pieces.push(Buffer.from(piece));
        signal?.throwIfAborted();
        await call('put', () => this.#store(name, Buffer.concat(pieces)));
        return 'stored';
      },
      get: (name, { range } = {}) => call('get', () => this.#content(name, range)),
      head: (name) => call('head', () => this.#content(name)?.info),
      delete: (names) =>
        call('delete', () => {
          for (const name of names) this.#stored.delete(name);
        }),
      list: ({ prefix, after = '', limit = 1_000 }) =>
        call('list', () => {
          const found = this.names().filter((name) => name.startsWith(prefix) && name > after);
          const info = (name: string) => ({ name, sizeBytes: this.#stored.get(name)!.length, modifiedMs: 0 });
          const blobs = found.slice(0, limit).map(info);
          return { blobs, more: found.length > limit };
        }),
      close: async () => {},
    };
  }

  #store(name: string, whole: Buffer): void {
    const isLie = this.#random.chance(this.mood.lying ?? 0);
    const kept = isLie ? this.#random.integer(whole.length) : whole.length;
    if (kept > 0) this.#stored.set(name, whole.subarray(0, kept));
  }

  #content(name: string, range?: ByteRange): BlobContent | undefined {
    const whole = this.#stored.get(name);
    if (whole === undefined) return undefined;
    const { start, length } = range ?? { start: 0, length: whole.length };
    if (start + length > whole.length) throw new BlobsError('invalid-range', { attempted: 'get' });
    const bytes = Buffer.from(whole.subarray(start, start + length));
    if (this.#rotsNext) bytes[bytes.length >> 1]! ^= 1;
    this.#rotsNext = false;
    return { info: { name, sizeBytes: whole.length, modifiedMs: 0 }, body: piecesOf(bytes) };
  }

  /** Late, and perhaps failed: before it was done, or after. */
  async #call<T>(attempted: string, work: () => T): Promise<T> {
    this.#underWay += 1;
    try {
      const { failing, delayMsMax } = this.mood;
      const fails = this.#random.chance(failing);
      const isDone = !fails || this.#random.chance(1 / 2);
      await this.#clock.sleep(this.#random.integer(delayMsMax + 1));
      const result = isDone ? work() : undefined;
      if (fails) throw new BlobsError('unavailable', { attempted });
      return result as T;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) for (const resolve of this.#idle) resolve();
      if (this.#underWay === 0) this.#idle.clear();
    }
  }
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  const half = bytes.length >> 1;
  for (const piece of [bytes.subarray(0, half), bytes.subarray(half)]) if (piece.length > 0) yield piece;
}
