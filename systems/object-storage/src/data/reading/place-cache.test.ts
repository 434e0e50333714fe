import assert from 'node:assert/strict';
import test from 'node:test';
import { namedPlace, PlaceCache } from './place-cache.ts';

const oneRun = (segment: number) =>
  namedPlace({ log: 0, sizeBytes: 1, runs: [{ segment, position: 64, blocks: 1 }] });
const twoRuns = (segment: number) =>
  namedPlace({
    log: 0,
    sizeBytes: 100_000,
    runs: [
      { segment, position: 64, blocks: 1 },
      { segment: segment + 1, position: 64, blocks: 1 },
    ],
  });
const id = (number: number) => number.toString(16).padStart(32, '0');

for (const [kind, place] of [
  ['one run', oneRun],
  ['several runs', twoRuns],
] as const) {
  const open = ({ entriesMax = 10 } = {}) => new PlaceCache({ oneRunMax: entriesMax, othersMax: entriesMax });

  test(`what is read again and again outlives what was read once, of ${kind}`, () => {
    const cache = open();
    cache.set(id(0), place(1), cache.epoch);
    for (let number = 1; number < 100; number++) {
      cache.set(id(number), place(2), cache.epoch);
      assert(cache.get(id(0)) !== undefined, `after ${number}`);
    }
    assert.equal(cache.get(id(1)), undefined);
  });

  test(`a place that was looked up before the blob was moved is not taken after it, of ${kind}`, () => {
    const cache = open();
    const { epoch } = cache;
    cache.forget([id(1)]);
    cache.set(id(1), place(1), epoch);
    assert.equal(cache.get(id(1)), undefined);
  });

  test(`a blob that is forgotten is not there any more, of ${kind}`, () => {
    const cache = open({ entriesMax: 4 });
    const [first, second] = [place(1), place(2)];
    cache.set(id(1), first, cache.epoch);
    cache.set(id(2), second, cache.epoch);
    assert.deepEqual([cache.get(id(1)), cache.get(id(2))], [first, second]);
    cache.forget([id(1), id(2)]);
    assert.deepEqual([cache.get(id(1)), cache.get(id(2))], [undefined, undefined]);
  });
}

test('every place has a name of its own, the same one too when it is looked up again', () => {
  const place = { log: 0, sizeBytes: 1, runs: [{ segment: 1, position: 64, blocks: 1 }] };
  assert.notEqual(namedPlace(place).name, namedPlace(place).name);
});
