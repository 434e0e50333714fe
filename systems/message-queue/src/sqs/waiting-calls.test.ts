import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingCalls } from './waiting-calls.ts';

function exchange() {
  const controller = new AbortController();
  return { left: controller.signal, leave: () => controller.abort() };
}

test('those that wait when the server stops are told, and who would wait from then on, but not who was answered', () => {
  const waiting = new WaitingCalls();
  const [first, answered, late] = [exchange(), exchange(), exchange()];
  assert.equal(waiting.begin(first).aborted, false);
  waiting.begin(answered);
  waiting.end(answered);
  waiting.stop();
  assert.deepEqual([first.left.aborted, answered.left.aborted], [true, false]);
  assert.equal(waiting.begin(late).aborted, true);
});
