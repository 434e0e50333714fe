import assert from 'node:assert/strict';
import test from 'node:test';
import { Holds } from './holds.ts';
import { segmentName } from './segment-name.ts';

test('a name is held until everybody let go of it', () => {
  const holds = new Holds();
  const [first, second] = [holds.hold('a'), holds.hold('a')];
  first();
  assert(holds.isHeld('a'));
  second();
  assert(!holds.isHeld('a'));
  assert.deepEqual(holds.names(), []);
});

test('who lets go twice does not let go for others, nor for who holds the name anew', () => {
  const holds = new Holds();
  const first = holds.hold('a');
  holds.hold('a');
  first();
  first();
  assert(holds.isHeld('a'));
  const gone = holds.hold('b');
  gone();
  holds.hold('b');
  gone();
  assert.deepEqual(holds.names(), ['a', 'b']);
});

test('every segment has a name of its own, whichever was named before', () => {
  const segments = [0, 1, 0, 12].flatMap((log) => [0, 1, 0, 345].map((segment) => ({ log, segment })));
  for (const { log, segment } of segments) assert.equal(segmentName({ log, segment }), `${log}/${segment}`);
});
