import assert from 'node:assert/strict';
import test from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import type { KnownPlace } from '../data-store.ts';
import { PackedPlaces } from './packed-places.ts';
import { namedPlace } from './place-cache.ts';

const placeAt = (position: number, log = 0): KnownPlace =>
  namedPlace({ log, sizeBytes: 5_000_000_000, runs: [{ segment: 2 ** 40, position, blocks: 76_294 }] });
/** All begin their search in one of a few slots, so that they lie behind each other. */
const crowdedId = (number: number) =>
  number.toString(16).padStart(28, '0') + (number % 3).toString(16).padStart(4, '0');

for (let seed = 1; seed <= 20; seed++) {
  test(`random operations agree with a map, seed ${seed}`, () => {
    const random = new SeededRandom(seed);
    const entriesMax = 4_000;
    const places = new PackedPlaces({ entriesMax });
    const model = new Map<string, KnownPlace>();
    for (let step = 0; step < 8_000; step++) {
      const blob = crowdedId(random.integer(entriesMax / 4));
      const what = random.integer(4);
      if (what === 0) {
        places.delete(blob);
        model.delete(blob);
      } else if (what === 1) {
        const place = placeAt(step, random.integer(3));
        assert(places.set(blob, place));
        model.set(blob, place);
      } else {
        // Each is set at most a few hundred times between two generations: nothing has had to make room.
        const found = places.get(blob);
        assert.deepEqual(found, found && model.get(blob), blob);
        if (found === undefined) model.delete(blob);
      }
    }
    let kept = 0;
    for (const [blob, place] of model) if (places.get(blob)?.name === place.name) kept++;
    assert(kept > model.size / 2, `${kept} of ${model.size}`);
  });
}

test('what fits into half of the room stays there, whatever the order in which it is asked for', () => {
  const places = new PackedPlaces({ entriesMax: 10_000 });
  const ids = Array.from({ length: 5_000 }, (_, number) => crowdedId(number * 65_537));
  for (const [number, blob] of ids.entries()) places.set(blob, placeAt(number));
  for (let round = 0; round < 3; round++) {
    for (const [number, blob] of ids.entries())
      assert.equal(places.get(blob)?.runs[0]?.position, number, blob);
  }
});

test('it is bounded, and with no room nothing is taken', () => {
  const places = new PackedPlaces({ entriesMax: 100 });
  const ids = Array.from({ length: 1_000 }, (_, number) => crowdedId(number));
  for (const blob of ids) places.set(blob, placeAt(1));
  const kept = ids.filter((blob) => places.get(blob) !== undefined).length;
  assert(kept <= 100 && kept >= 50, `${kept}`);
  const none = new PackedPlaces({ entriesMax: 0 });
  assert(!none.set(crowdedId(1), placeAt(1)));
  assert.equal(none.get(crowdedId(1)), undefined);
});

test('places of several runs, and names that are no ids, are left to others', () => {
  const places = new PackedPlaces({ entriesMax: 100 });
  const run = { segment: 1, position: 64, blocks: 1 };
  const several = namedPlace({ log: 0, sizeBytes: 100_000, runs: [run, { ...run, segment: 2 }] });
  assert(!places.set(crowdedId(1), several));
  for (const name of ['', 'hot', 'X'.repeat(32), 'é'.repeat(32), 'A'.repeat(32), '0'.repeat(33)]) {
    assert(!places.set(name, placeAt(1)), name);
    assert.equal(places.get(name), undefined);
  }
});
