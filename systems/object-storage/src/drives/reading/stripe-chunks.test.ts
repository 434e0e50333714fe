import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TurnShare } from '../../data/reading/turn-share.ts';
import type { OrderedUnit, OrderedUnits } from './ordered-units.ts';
import { StripeChunks } from './stripe-chunks.ts';

const clock = { nextTurn: (callback: () => void) => void setImmediate(callback) };
const bytes = (...values: number[]) => Uint8Array.from(values);

/** Units of which every other has to be waited for; behind them `failure`. */
class FakeSpan {
  readonly #units: OrderedUnit[];
  readonly #failure: Error | undefined;
  #waits = false;
  left = false;

  constructor(units: readonly Uint8Array[], failure?: Error) {
    this.#units = units.map((unit, index) => ({ stripe: 0, index, unit }));
    this.#failure = failure;
  }

  nextCached(): OrderedUnit | undefined {
    this.#waits = !this.#waits;
    return this.#waits ? undefined : this.#units.shift();
  }

  async next(): Promise<OrderedUnit | undefined> {
    if (this.#units.length === 0 && this.#failure !== undefined) throw this.#failure;
    return this.#units.shift();
  }

  async return(): Promise<void> {
    this.left = true;
  }
}

function chunksOf(
  spans: readonly FakeSpan[],
  hooks: { onEnd?: () => void; explain?: (e: unknown) => unknown },
) {
  const source = spans.values() as unknown as Iterator<OrderedUnits>;
  return new StripeChunks({ spans: source, cut: ({ unit }) => unit, turns: new TurnShare(clock) }, hooks);
}

/** Counts how often it is told of the end. */
function countingEnds() {
  const counted = { ends: 0, onEnd: () => void counted.ends++ };
  return counted;
}

suite('the chunks of stripes', () => {
  test('come in order, and units of which nothing is wanted are passed over', async () => {
    const hooks = countingEnds();
    const spans = [
      new FakeSpan([bytes(1), bytes(), bytes(), bytes(2)]),
      new FakeSpan([]),
      new FakeSpan([bytes(3)]),
    ];
    const chunks = chunksOf(spans, hooks);
    assert.deepEqual(await Array.fromAsync(chunks), [bytes(1), bytes(2), bytes(3)]);
    assert.equal((await chunks.next()).done, true);
    assert.equal(hooks.ends, 1);
  });

  test('end with what the reader says of a failure', async () => {
    const counted = countingEnds();
    const hooks = {
      onEnd: counted.onEnd,
      explain: (error: unknown) => new Error('explained', { cause: error }),
    };
    const chunks = chunksOf([new FakeSpan([bytes(1)], new Error('rotten'))], hooks);
    assert.deepEqual(await chunks.next(), { done: false, value: bytes(1) });
    await assert.rejects(chunks.next(), { message: 'explained', cause: new Error('rotten') });
    assert.equal((await chunks.next()).done, true);
    assert.equal(counted.ends, 1);
  });

  test('end at once for who leaves, and let the stripes go', async () => {
    const hooks = countingEnds();
    const span = new FakeSpan([bytes(1), bytes(2)]);
    const chunks = chunksOf([span, new FakeSpan([bytes(3)])], hooks);
    for await (const chunk of chunks) {
      assert.deepEqual(chunk, bytes(1));
      break;
    }
    assert.equal(span.left, true);
    assert.equal((await chunks.next()).done, true);
    assert.equal(hooks.ends, 1);
  });
});
