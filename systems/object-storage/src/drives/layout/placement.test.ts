import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { rankSlots } from './placement.ts';

const slots = Array.from({ length: 12 }, (_, number) => ({
  number,
  placement: createHash('md5').update(`slot ${number}`).digest().readUInt32LE(),
}));
const blobs = Array.from({ length: 6_000 }, (_, number) =>
  createHash('md5').update(`blob ${number}`).digest('hex'),
);

test('every slot is the first of about as many blobs', () => {
  const counts = slots.map(() => 0);
  for (const blob of blobs) counts[rankSlots(blob, slots)[0]!.number]!++;
  for (const count of counts) assert(count > 400 && count < 600, `${counts}`);
});

test('a slot that is added moves nothing between the others', () => {
  for (const blob of blobs.slice(0, 200)) {
    const before = rankSlots(blob, slots.slice(0, -1)).map(({ number }) => number);
    const after = rankSlots(blob, slots).map(({ number }) => number);
    assert.deepEqual(
      after.filter((number) => number !== 11),
      before,
    );
  }
});

test('the ranks are those that are written down', () => {
  assert.deepEqual(
    rankSlots('019b76daa90808041b71a5054d113388', slots).map(({ number }) => number),
    frozen,
  );
});

/** Blobs on disk are at home by these. */
const frozen = [6, 4, 5, 1, 3, 9, 8, 0, 10, 7, 2, 11];
