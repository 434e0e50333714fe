// The chunks of a range of a blob that is cut into shards. An iterator by hand instead of a generator, as blob-chunks.ts: what is
// at hand is given without another turn of the microtask queue.

import type { ReadHooks } from '../../data/data-store.ts';
import type { TurnShare } from '../../data/reading/turn-share.ts';
import type { OrderedUnit, OrderedUnits } from './ordered-units.ts';

export type StripeChunksParts = {
  /** In order; together they hold the range. */
  readonly spans: Iterator<OrderedUnits>;
  /** What of a unit is wanted; may be empty. */
  readonly cut: (unit: OrderedUnit) => Uint8Array;
  readonly turns: TurnShare;
};

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class StripeChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #parts: StripeChunksParts;
  readonly #hooks: ReadHooks;
  #span: OrderedUnits | undefined;
  #ended = false;

  constructor(parts: StripeChunksParts, hooks: ReadHooks = {}) {
    this.#parts = parts;
    this.#hooks = hooks;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const turn = this.#parts.turns.take();
    return turn === undefined ? this.#next() : turn.then(() => this.#next());
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#ended) return Promise.resolve(done);
    try {
      const value = this.#nextCached();
      return value === undefined ? this.#nextLater() : Promise.resolve({ done: false, value });
    } catch (error) {
      return Promise.reject(this.#failed(error));
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#end();
    await this.#span?.return();
    return done;
  }

  #nextCached(): Uint8Array | undefined {
    for (;;) {
      const unit = this.#span?.nextCached();
      if (unit === undefined) return undefined;
      const chunk = this.#parts.cut(unit);
      if (chunk.byteLength > 0) return chunk;
    }
  }

  async #nextLater(): Promise<IteratorResult<Uint8Array>> {
    try {
      for (;;) {
        const value = this.#nextCached() ?? (await this.#waited());
        if (value === undefined) break;
        if (value.byteLength > 0) return { done: false, value };
      }
    } catch (error) {
      throw this.#failed(error);
    }
    this.#end();
    return done;
  }

  /** Undefined behind the last; empty where there is to be another try. */
  async #waited(): Promise<Uint8Array | undefined> {
    const unit = await this.#span?.next();
    if (this.#ended) return undefined;
    if (unit !== undefined) return this.#parts.cut(unit);
    const next = this.#parts.spans.next();
    this.#span = next.done === true ? undefined : next.value;
    return this.#span && nothing;
  }

  #failed(error: unknown): unknown {
    const { explain = (same) => same } = this.#hooks;
    void this.#span?.return();
    this.#end();
    return explain(error);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#hooks.onEnd?.();
  }
}

const nothing = new Uint8Array(0);
