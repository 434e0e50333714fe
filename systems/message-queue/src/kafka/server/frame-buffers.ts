// Memory that requests are received into, and how much of it there may be.
//
// Large buffers are used again: a fresh MiB costs more than receiving into it. A buffer comes back only when its request
// says that nobody looks at it any more; what some coordinator may have kept a view of is left to the garbage collector.

import {
  freeFrameBytesMax,
  pooledFrameBytesMax,
  pooledFrameBytesMin,
  requestBytesMax,
} from '../../limits.ts';

export type Who = { readonly isLoggedIn: boolean };

export class FrameBuffers {
  /** By size, a power of two. */
  readonly #free = new Map<number, Buffer[]>();
  #freeBytes = 0;
  #usedBytes = 0;
  #strangerBytes = 0;
  /** What is counted as that of strangers; who logs in meanwhile changes nothing of it. */
  readonly #ofStrangers = new WeakSet<Buffer>();
  readonly #usedBytesMax: number;
  readonly #waiting = new Set<() => void>();
  readonly #waitingStrangers = new Set<() => void>();

  constructor({ usedBytesMax = requestBytesMax }: { readonly usedBytesMax?: number } = {}) {
    this.#usedBytesMax = usedBytesMax;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether somebody waits for room that such a holder could give: strangers whose half is full wait for strangers only. */
  isWaitedFor({ isLoggedIn }: Who): boolean {
    if (this.#waiting.size > 0) return true;
    return this.#waitingStrangers.size > 0 && !(isLoggedIn && this.#strangerBytes >= this.#usedBytesMax / 2);
  }

  /**
   * Whether a frame may have more than its first bytes. One that may has the rest of its memory at once, so that frames end.
   * Strangers, who did not log in, have half of the memory, and who did has the other half whatever they hold.
   */
  hasRoom({ isLoggedIn }: Who): boolean {
    const half = this.#usedBytesMax / 2;
    const isLeft = this.#usedBytes < this.#usedBytesMax;
    if (!isLoggedIn) return isLeft && this.#strangerBytes < half;
    return isLeft || this.#usedBytes - this.#strangerBytes < half;
  }

  /** Calls back once when there is room again. */
  whenRoom(callback: () => void, { isLoggedIn }: Who): void {
    (isLoggedIn ? this.#waiting : this.#waitingStrangers).add(callback);
  }

  forget(callback: () => void): void {
    this.#waiting.delete(callback);
    this.#waitingStrangers.delete(callback);
  }

  /** For at least `bytes`; counts as used until it is given back, or `uncount` is called. */
  take(bytes: number, { isLoggedIn }: Who): Buffer {
    const buffer = this.#take(bytes);
    this.#usedBytes += buffer.length;
    if (isLoggedIn) return buffer;
    this.#strangerBytes += buffer.length;
    this.#ofStrangers.add(buffer);
    return buffer;
  }

  /** Its request is over, but somebody may still look at it. */
  uncount(buffer: Buffer): void {
    this.#usedBytes -= buffer.length;
    if (this.#ofStrangers.delete(buffer)) this.#strangerBytes -= buffer.length;
    if (this.#waiting.size > 0 && this.hasRoom({ isLoggedIn: true })) wake(this.#waiting);
    if (this.#waitingStrangers.size > 0 && this.hasRoom({ isLoggedIn: false })) wake(this.#waitingStrangers);
  }

  /** Nobody looks at it any more. */
  give(buffer: Buffer): void {
    const pooled = isPooled(buffer.length) && this.#freeBytes + buffer.length <= freeFrameBytesMax;
    if (pooled) {
      this.#free.getOrInsertComputed(buffer.length, () => []).push(buffer);
      this.#freeBytes += buffer.length;
    }
    this.uncount(buffer);
  }

  #take(bytes: number): Buffer {
    if (bytes < pooledFrameBytesMin) return Buffer.allocUnsafe(bytes);
    if (bytes > pooledFrameBytesMax) return Buffer.allocUnsafeSlow(bytes);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const free = this.#free.get(size)?.pop();
    if (free === undefined) return Buffer.allocUnsafeSlow(size);
    this.#freeBytes -= size;
    return free;
  }
}

function wake(waiting: Set<() => void>): void {
  const callbacks = [...waiting];
  waiting.clear();
  for (const callback of callbacks) callback();
}

function isPooled(length: number): boolean {
  return (
    length >= pooledFrameBytesMin && length <= pooledFrameBytesMax && Number.isInteger(Math.log2(length))
  );
}
