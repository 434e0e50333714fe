// The units of a range of stripes one by one, in their order, for who sends them: straight from the shards of data while all
// of them can be read, which is nearly always.
//
// What memory has is read when it is asked for: a unit is sent out of the processor's cache, from the memory that the one
// before it was sent from. What has to come from the disks is waited for on all of them together. When a shard fails, or is
// not there, StripeUnits gives what is left of the range.

import { isDriveTrouble } from './drive-trouble.ts';
import {
  nextUnit,
  ShardFailed,
  type StartedShard,
  type StripeRange,
  type StripeUnits,
} from './stripe-units.ts';

/** Valid until the next one is asked for. */
export type OrderedUnit = { readonly stripe: number; readonly index: number; readonly unit: Uint8Array };

export class OrderedUnits {
  readonly #units: StripeUnits;
  readonly #range: StripeRange;
  /** Those of data that are wanted, in order; undefined once they cannot all be read. */
  #shards: readonly StartedShard[] | undefined;
  /** What comes next: the unit of `#shards[#at]` in this stripe. */
  #stripe: number;
  #at = 0;
  #last: StartedShard | undefined;
  /** Units that were begun together, by their place in `#shards`. */
  readonly #begun: (Promise<Uint8Array | ShardFailed> | undefined)[] = [];
  #others: AsyncGenerator<OrderedUnit> | undefined;
  /** Whoever asked left: what is under way fails because of that, and says nothing of a drive. */
  #left = false;

  constructor(units: StripeUnits, range: StripeRange) {
    this.#units = units;
    this.#range = range;
    this.#stripe = range.first;
    this.#shards = units.startDirectly(range);
  }

  /** The next unit if it is at hand; undefined where `next` has to wait for it, or is at the end. */
  nextCached(): OrderedUnit | undefined {
    const shard = this.#direct();
    if (shard === undefined || this.#begun[this.#at] !== undefined) return undefined;
    this.#release();
    try {
      const unit = shard.chunks.nextCached();
      return unit && this.#given(shard, unit);
    } catch (error) {
      if (!isDriveTrouble(error)) throw error;
      this.#failed(new ShardFailed(shard.shard, error));
      return undefined;
    }
  }

  /** Undefined behind the last. */
  async next(): Promise<OrderedUnit | undefined> {
    const shard = this.#direct();
    this.#release();
    if (shard !== undefined) {
      const unit = await this.#wait();
      if (this.#left) return undefined;
      if (!(unit instanceof ShardFailed)) return this.#given(shard, unit);
      this.#failed(unit);
    }
    if (this.#left || this.#stripe > this.#range.last) return void this.return();
    this.#others ??= this.#leftover();
    return (await this.#others.next()).value;
  }

  async return(): Promise<void> {
    this.#left = true;
    this.#leave();
    await this.#others?.return(undefined);
  }

  #direct(): StartedShard | undefined {
    return this.#stripe > this.#range.last ? undefined : this.#shards?.[this.#at];
  }

  /** For the next unit, and begins those behind it in its stripe. */
  #wait(): Promise<Uint8Array | ShardFailed> {
    const shards = this.#shards!;
    if (this.#begun[this.#at] === undefined) {
      for (let at = this.#at; at < shards.length; at++) {
        const unit = nextUnit(shards[at]!);
        // Whoever leaves does not wait for it.
        unit.catch(() => {});
        this.#begun[at] = unit;
      }
    }
    const unit = this.#begun[this.#at]!;
    this.#begun[this.#at] = undefined;
    return unit;
  }

  #given(from: StartedShard, unit: Uint8Array): OrderedUnit {
    const given = { stripe: this.#stripe, index: from.shard.index, unit };
    this.#last = from;
    this.#at++;
    if (this.#at === this.#shards!.length) {
      this.#at = 0;
      this.#stripe++;
    }
    return given;
  }

  #release(): void {
    this.#last?.chunks.release();
    this.#last = undefined;
  }

  #failed(failure: ShardFailed): void {
    this.#units.failed(failure);
    this.#leave();
  }

  #leave(): void {
    for (const { chunks } of this.#shards ?? []) void chunks.return?.();
    this.#shards = undefined;
  }

  async *#leftover(): AsyncGenerator<OrderedUnit> {
    const { last, wanted } = this.#range;
    let given = this.#at;
    for await (const { stripe, units } of this.#units.read({ first: this.#stripe, last, wanted })) {
      for (const index of wanted.slice(given)) yield { stripe, index, unit: units[index]! };
      given = 0;
    }
  }
}
