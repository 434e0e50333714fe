import assert from 'node:assert/strict';
import test from 'node:test';
import { SeenLately } from './seen-lately.ts';

test('a name is noted until another takes its slot', () => {
  const seen = new SeenLately({ slots: 8 });
  assert.deepEqual([seen.note(3), seen.note(3), seen.note(4), seen.note(3)], [false, true, false, true]);
  assert.equal(seen.note(3 + 8), false);
  assert.equal(seen.note(3), false);
});

test('any number of 32 bits is a name, also one that an empty slot looks like', () => {
  const seen = new SeenLately({ slots: 8 });
  for (const name of [0, 0xffff_ffff, -1]) seen.note(name);
  assert.deepEqual([seen.note(0), seen.note(-1)], [true, true]);
});
