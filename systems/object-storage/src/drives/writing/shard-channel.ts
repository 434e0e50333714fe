// The bytes of one shard on their way to its drive. Whoever makes them waits while the drive is behind; a drive that gave
// up takes everything at once and keeps nothing, so that it holds up nobody.

export class ShardChannel implements AsyncIterableIterator<Uint8Array> {
  readonly #waitingMax: number;
  #waiting: Uint8Array[] = [];
  #ended: { readonly error: unknown } | 'whole' | undefined;
  #left = false;
  #taken = 0;
  /** Of the drive, which waits for bytes. */
  #wanted: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined;
  /** Of the writer, who waits for room. */
  #room: PromiseWithResolvers<void> | undefined;

  constructor(options: { readonly waitingMax: number }) {
    this.#waitingMax = options.waitingMax;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Chunks that the drive took. */
  get taken(): number {
    return this.#taken;
  }

  get isLeft(): boolean {
    return this.#left;
  }

  /** Undefined when there is nothing to wait for before the next. */
  push(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#left) return undefined;
    if (this.#wanted !== undefined) {
      this.#taken++;
      this.#wanted.resolve({ done: false, value: chunk });
      this.#wanted = undefined;
      return undefined;
    }
    this.#waiting.push(chunk);
    if (this.#waiting.length < this.#waitingMax) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** All of the shard was pushed. */
  end(): void {
    this.#ended ??= 'whole';
    this.#wanted?.resolve(done);
  }

  /** The drive's write fails with this error. */
  fail(error: unknown): void {
    this.#ended ??= { error };
    this.#waiting = [];
    this.#wanted?.reject(error);
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const value = this.#waiting.shift();
    if (value !== undefined) {
      this.#taken++;
      this.#makeRoom();
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended === 'whole') return Promise.resolve(done);
    if (this.#ended !== undefined) return Promise.reject(this.#ended.error);
    this.#wanted = Promise.withResolvers();
    return this.#wanted.promise;
  }

  /** The drive takes nothing more. */
  leave(): void {
    this.#left = true;
    this.#waiting = [];
    this.#makeRoom();
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.leave();
    return Promise.resolve(done);
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };
