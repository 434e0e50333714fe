import assert from 'node:assert/strict';
import test from 'node:test';
import { PlaceCache } from './place-cache.ts';

const place = (segment: number) => ({ log: 0, sizeBytes: 1, runs: [{ segment, position: 64, blocks: 1 }] });

test('what is read again and again outlives what was read once', () => {
  const cache = new PlaceCache({ entriesMax: 10 });
  cache.set('hot', place(1), cache.epoch);
  for (let number = 0; number < 100; number++) {
    cache.set(`cold-${number}`, place(2), cache.epoch);
    assert(cache.get('hot') !== undefined, `after ${number}`);
  }
  assert.equal(cache.get('cold-0'), undefined);
});

test('a place that was looked up before the blob was moved is not taken after it', () => {
  const cache = new PlaceCache({ entriesMax: 10 });
  const { epoch } = cache;
  cache.forget(['moved']);
  cache.set('moved', place(1), epoch);
  assert.equal(cache.get('moved'), undefined);
});

test('a blob that is forgotten is not there any more', () => {
  const cache = new PlaceCache({ entriesMax: 2 });
  cache.set('a', place(1), cache.epoch);
  cache.set('b', place(2), cache.epoch);
  assert.deepEqual([cache.get('a'), cache.get('b')], [place(1), place(2)]);
  cache.forget(['a', 'b']);
  assert.deepEqual([cache.get('a'), cache.get('b')], [undefined, undefined]);
});
