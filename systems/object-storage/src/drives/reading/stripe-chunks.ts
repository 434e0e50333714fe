// The chunks of a blob that is cut into shards, stripe by stripe. An iterator by hand instead of a generator, as
// blob-chunks.ts: all but the first chunk of a stripe are given without another turn of the microtask queue.

import type { ReadHooks } from '../../data/data-store.ts';

/** What of one stripe is wanted, in order. Valid until the next is asked for. */
export type StripeParts = readonly Uint8Array[];

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class StripeChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #stripes: AsyncGenerator<StripeParts>;
  readonly #hooks: ReadHooks;
  #parts: StripeParts = [];
  #given = 0;
  #ended = false;

  constructor(stripes: AsyncGenerator<StripeParts>, hooks: ReadHooks = {}) {
    this.#stripes = stripes;
    this.#hooks = hooks;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return this.#given < this.#parts.length ? Promise.resolve(this.#give()) : this.#nextStripe();
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#parts = [];
    this.#given = 0;
    await this.#stripes.return(undefined);
    this.#end();
    return done;
  }

  async #nextStripe(): Promise<IteratorResult<Uint8Array>> {
    const { explain = (error) => error } = this.#hooks;
    try {
      while (this.#given === this.#parts.length) {
        const next = await this.#stripes.next();
        if (next.done === true) {
          this.#end();
          return done;
        }
        this.#parts = next.value;
        this.#given = 0;
      }
      return this.#give();
    } catch (error) {
      this.#end();
      throw explain(error);
    }
  }

  #give(): IteratorResult<Uint8Array> {
    return { done: false, value: this.#parts[this.#given++]! };
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#hooks.onEnd?.();
  }
}
