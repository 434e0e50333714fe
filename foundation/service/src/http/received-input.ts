// The bytes of a connection that came and are not used up: a head that is not whole yet, or the beginning of the next
// request behind the one that is served.
//
// What comes is looked at where it was received, in a buffer that all connections share; only what is left when it has
// been looked at is copied.

const nothing = Buffer.alloc(0);

export class ReceivedInput {
  #bytes: Buffer = nothing;
  #start = 0;
  #end = 0;
  /** `#bytes` stays as it is. */
  #own = true;

  get bytes(): Buffer {
    return this.#bytes;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Whether slices of `bytes` stay as they are. */
  get own(): boolean {
    return this.#own;
  }

  /** Adds what came. `bytes` belong to others, and are looked at until `keep`. */
  add(bytes: Buffer, start: number, end: number): void {
    if (this.length === 0) {
      this.#bytes = bytes;
      this.#start = start;
      this.#end = end;
      this.#own = false;
      return;
    }
    this.keep();
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#start, this.#end), bytes.subarray(start, end)]);
    this.#start = 0;
    this.#end = this.#bytes.length;
  }

  /** Everything before `position` is used up. */
  useUpTo(position: number): void {
    this.#start = position;
  }

  clear(): void {
    this.#bytes = nothing;
    this.#start = 0;
    this.#end = 0;
    this.#own = true;
  }

  /** To be called before the buffer of the last `add` is used again. */
  keep(): void {
    if (this.length === 0) this.clear();
    else if (!this.#own) {
      this.#bytes = Buffer.from(this.#bytes.subarray(this.#start, this.#end));
      this.#start = 0;
      this.#end = this.#bytes.length;
      this.#own = true;
    }
  }
}
