// Reads a blob that is cut into shards, as one stream: the parts of the units that a range needs, in order.

import assert from 'node:assert/strict';
import type { Clock } from '@cairn/world';
import type { BlobReader, ReadHooks } from '../../data/data-store.ts';
import { TurnShare } from '../../data/reading/turn-share.ts';
import type { Stripes } from '../layout/stripes.ts';
import type { OnTrouble } from './drive-trouble.ts';
import type { OpenShards } from './open-shards.ts';
import { OrderedUnits } from './ordered-units.ts';
import { StripeChunks } from './stripe-chunks.ts';
import { type StripeRange, StripeUnits } from './stripe-units.ts';

export type ShardsReaderParts = {
  readonly shards: OpenShards;
  readonly stripes: Stripes;
  readonly clock: Pick<Clock, 'nextTurn'>;
  readonly onTrouble: OnTrouble;
};

export class ShardsReader implements BlobReader {
  readonly #blob: string;
  readonly #shards: OpenShards;
  readonly #stripes: Stripes;
  readonly #parts: ShardsReaderParts;

  constructor(blob: string, parts: ShardsReaderParts) {
    this.#blob = blob;
    this.#shards = parts.shards;
    this.#stripes = parts.stripes;
    this.#parts = parts;
  }

  get sizeBytes(): number {
    return this.#stripes.sizeBytes;
  }

  close(): void {
    this.#shards.close();
  }

  read(range: { start: number; length: number }, hooks?: ReadHooks): AsyncIterable<Uint8Array> {
    const end = range.start + range.length;
    assert(
      range.start >= 0 && range.length >= 0 && end <= this.sizeBytes,
      `${range.start}+${range.length} of ${this.sizeBytes}`,
    );
    const wanted = { start: range.start, end };
    return new StripeChunks(
      {
        spans: range.length === 0 ? nothing : this.#spans(wanted),
        cut: ({ unit, ...place }) => {
          const { start, length } = this.#stripes.within(wanted, place);
          return unit.subarray(start, start + Math.max(0, length));
        },
        turns: new TurnShare(this.#parts.clock),
      },
      hooks,
    );
  }

  *#spans(range: { start: number; end: number }): Generator<OrderedUnits> {
    const stripes = this.#stripes;
    const units = new StripeUnits({
      ...{ blob: this.#blob, shards: this.#shards },
      ...{ stripes, onTrouble: this.#parts.onTrouble },
    });
    for (const span of spansOf(stripes, range)) yield new OrderedUnits(units, span);
  }
}

/** Of the first and the last stripe only those units that the range touches, of those between all. */
function* spansOf(stripes: Stripes, range: { start: number; end: number }): Iterable<StripeRange> {
  const first = stripes.stripeOf(range.start);
  const last = stripes.stripeOf(range.end - 1);
  const touched = (stripe: number) =>
    Array.from({ length: stripes.scheme.dataShards }, (_, index) => index).filter(
      (index) => stripes.within(range, { stripe, index }).length > 0,
    );
  for (let stripe = first; stripe <= last; ) {
    const wanted = touched(stripe);
    let end = stripe;
    while (end < last && touchesAll(stripes, wanted) && touchesAll(stripes, touched(end + 1))) {
      end = end + 2 < last ? last - 1 : end + 1;
    }
    yield { first: stripe, last: end, wanted };
    stripe = end + 1;
  }
}

function touchesAll({ scheme }: Stripes, wanted: readonly number[]): boolean {
  return wanted.length === scheme.dataShards;
}

const nothing: Iterator<OrderedUnits> = { next: () => ({ done: true, value: undefined }) };
