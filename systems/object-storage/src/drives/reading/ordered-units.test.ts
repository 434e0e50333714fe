import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BlobDamagedError, type PromptChunks } from '../../data/data-store.ts';
import { reedSolomonOf } from '../layout/reed-solomon.ts';
import { Stripes, unitBytesMax } from '../layout/stripes.ts';
import type { OpenShards } from './open-shards.ts';
import { OrderedUnits } from './ordered-units.ts';
import { StripeUnits } from './stripe-units.ts';

const scheme = { dataShards: 2, parityShards: 1 };
const stripeCount = 3;
const all = { first: 0, last: stripeCount - 1, wanted: [0, 1] };
type Place = { readonly shard: number; readonly stripe: number };

/** Three shards of three stripes, and what is asked of them. */
class Shards {
  isCached: (place: Place) => boolean = () => true;
  rotten: Place | undefined;
  readonly troubles: number[] = [];
  /** Units that a shard has given and not been let go of. */
  readonly held = new Set<number>();
  readonly waits: string[] = [];
  readonly left = new Set<number>();
  readonly stripes = new Stripes(scheme, stripeCount * scheme.dataShards * unitBytesMax);

  ordered(range = all): OrderedUnits {
    const shard = (index: number) => ({
      ...{ index, slot: { number: index } },
      reader: { read: ({ start }: { start: number }) => this.#chunks(index, start / unitBytesMax) },
    });
    const shards = { indexes: [0, 1, 2], get: shard, openAll: async () => {} } as unknown as OpenShards;
    const onTrouble = ({ slot }: { slot: { number: number } }) => void this.troubles.push(slot.number);
    const units = new StripeUnits({ blob: 'b', shards, stripes: this.stripes, onTrouble });
    return new OrderedUnits(units, range);
  }

  unit({ shard, stripe }: Place): Buffer {
    const data = [0, 1].map((index) => Buffer.alloc(unitBytesMax, 1 + stripe * 2 + index));
    const parity = [Buffer.alloc(unitBytesMax)];
    reedSolomonOf(scheme).encode(data, parity);
    return [...data, ...parity][shard]!;
  }

  #chunks(shard: number, first: number): PromptChunks {
    let stripe = first;
    let isLeft = false;
    const give = (): Uint8Array => {
      const place = { shard, stripe };
      if (place.shard === this.rotten?.shard && place.stripe === this.rotten.stripe) {
        throw new BlobDamagedError('b', { detail: 'rotten' });
      }
      stripe++;
      this.held.add(shard);
      return this.unit(place);
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: async () => {
        if (stripe === stripeCount) return { done: true, value: undefined };
        this.waits.push(`${shard} of ${stripe}`);
        await Promise.resolve();
        return isLeft ? { done: true, value: undefined } : { done: false, value: give() };
      },
      nextCached: () => (stripe < stripeCount && this.isCached({ shard, stripe }) ? give() : undefined),
      release: () => void this.held.delete(shard),
      return: async () => {
        isLeft = true;
        this.left.add(shard);
        return { done: true, value: undefined };
      },
    };
  }
}

async function read(shards: Shards, range = all) {
  const ordered = shards.ordered(range);
  const given: string[] = [];
  for (;;) {
    const unit = ordered.nextCached() ?? (await ordered.next());
    if (unit === undefined) return given;
    assert(shards.unit({ shard: unit.index, stripe: unit.stripe }).equals(unit.unit));
    given.push(`${unit.index} of ${unit.stripe}`);
  }
}

const inOrder = ['0 of 0', '1 of 0', '0 of 1', '1 of 1', '0 of 2', '1 of 2'];

suite('the units of a range, one by one', () => {
  test('come from memory without a promise, each in the memory of the one before', async () => {
    const shards = new Shards();
    const ordered = shards.ordered();
    for (const expected of inOrder) {
      const { index, stripe } = ordered.nextCached()!;
      assert.equal(`${index} of ${stripe}`, expected);
      assert.deepEqual([...shards.held], [index]);
    }
    assert.equal(ordered.nextCached(), undefined);
    assert.equal(await ordered.next(), undefined);
    assert.deepEqual([shards.held.size, shards.left.size, shards.waits.length], [0, 2, 0]);
    assert.equal(await ordered.next(), undefined);
  });

  test('are waited for together where they have to be read', async () => {
    const shards = new Shards();
    shards.isCached = ({ stripe }) => stripe === 1;
    const ordered = shards.ordered();
    assert.equal(ordered.nextCached(), undefined);
    await ordered.next();
    assert.deepEqual(shards.waits, ['0 of 0', '1 of 0'], 'the second drive is at work as well');
    assert.equal(ordered.nextCached(), undefined, 'what was begun is waited for');
    assert.deepEqual(await read(new Shards()), inOrder);
    const others = new Shards();
    others.isCached = shards.isCached;
    assert.deepEqual(await read(others), inOrder);
  });

  for (const isCached of [true, false]) {
    test(`go on where a shard fails, ${isCached ? 'in memory' : 'on its drive'}: none twice, none left out`, async () => {
      for (let stripe = 0; stripe < stripeCount; stripe++) {
        for (const shard of all.wanted) {
          const shards = new Shards();
          shards.isCached = () => isCached;
          shards.rotten = { shard, stripe };
          assert.deepEqual(await read(shards), inOrder);
          assert.deepEqual(shards.troubles, [shard]);
        }
      }
    });
  }

  test('are of the stripes and the shards that are wanted', async () => {
    assert.deepEqual(await read(new Shards(), { first: 1, last: 2, wanted: [1] }), ['1 of 1', '1 of 2']);
  });

  test('regression: tell of no failure when who asks leaves while he waits', async () => {
    for (const isCached of [true, false]) {
      const shards = new Shards();
      shards.isCached = () => isCached;
      const ordered = shards.ordered();
      const waiting = ordered.next();
      await ordered.return();
      assert.equal(await waiting, undefined);
      assert.equal(await ordered.next(), undefined);
      assert.deepEqual(shards.troubles, []);
      assert.deepEqual(shards.waits, ['0 of 0', '1 of 0'], 'nothing more is read');
    }
  });

  test('leave nothing behind when who asks leaves', async () => {
    const shards = new Shards();
    shards.isCached = () => false;
    const ordered = shards.ordered();
    await ordered.next();
    await ordered.return();
    assert.deepEqual([...shards.left], [0, 1]);
  });
});
