import assert from 'node:assert/strict';
import test from 'node:test';
import type { KnownPlace } from '../data-store.ts';
import { BlobCache } from './blob-cache.ts';
import { namedPlace } from './place-cache.ts';

const placeOf = (position: number) =>
  namedPlace({ log: 0, sizeBytes: 1_000, runs: [{ segment: 1, position, blocks: 1 }] });
function offer(blobs: BlobCache, place: KnownPlace, bytes: Uint8Array): void {
  if (blobs.wants(place)) blobs.keep(place, bytes);
}
const bytesOf = (sizeBytes = 1_000) => new Uint8Array(sizeBytes);

test('a blob is kept from its second read on', () => {
  const blobs = new BlobCache({ bytesMax: 100_000 });
  const place = placeOf(64);
  const [first, second] = [bytesOf(), bytesOf()];
  assert.equal(blobs.get(place), undefined);
  offer(blobs, place, first);
  assert.equal(blobs.get(place), undefined);
  offer(blobs, place, second);
  assert.equal(blobs.get(place), second);
  assert.deepEqual([blobs.hits, blobs.misses], [1, 2]);
});

test('what lay at a place that the index forgot is not given for the same place given anew', () => {
  const blobs = new BlobCache({ bytesMax: 100_000 });
  const place = placeOf(64);
  for (let read = 0; read < 2; read++) offer(blobs, place, bytesOf());
  assert(blobs.get(place) !== undefined);
  assert.equal(blobs.get(placeOf(64)), undefined);
});

test('what is read again only after very much else is not kept: it would go before it is read once more', () => {
  const blobs = new BlobCache({ bytesMax: 100_000_000 });
  const places = Array.from({ length: 20_000 }, (_, position) => placeOf(position));
  for (let round = 0; round < 3; round++) for (const place of places) offer(blobs, place, bytesOf(1));
  assert.equal(blobs.bytes, 0);
});

test('what is read again and again outlives a scan, and the memory is bounded', () => {
  const bytesMax = 40_000;
  const blobs = new BlobCache({ bytesMax });
  const hot = placeOf(0);
  for (let read = 0; read < 2; read++) offer(blobs, hot, bytesOf());
  for (let position = 1; position < 1_000; position++) {
    const cold = placeOf(position);
    // Even when the scan reads everything twice.
    for (let read = 0; read < 2; read++) offer(blobs, cold, bytesOf());
    assert(blobs.get(hot) !== undefined, `after ${position}`);
    assert(blobs.bytes <= bytesMax, `${blobs.bytes} after ${position}`);
  }
});

test('what a piece of a larger buffer keeps alive counts, and what is larger than half of all is not kept', () => {
  const blobs = new BlobCache({ bytesMax: 10_000 });
  const place = placeOf(64);
  for (let read = 0; read < 2; read++) offer(blobs, place, bytesOf(8_000).subarray(0, 10));
  assert.equal(blobs.get(place), undefined);
});

test('with 0 bytes nothing is kept, not even a note', () => {
  const blobs = new BlobCache({ bytesMax: 0 });
  const place = placeOf(64);
  for (let read = 0; read < 3; read++) offer(blobs, place, bytesOf());
  assert.equal(blobs.get(place), undefined);
  assert.equal(blobs.bytes, 0);
});
