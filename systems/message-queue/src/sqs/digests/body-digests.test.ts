import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { silentLog } from '@cairn/telemetry';
import { BodyDigests } from './body-digests.ts';
import { textsAtOnce } from './md5-kernel.ts';

const bodies = Array.from({ length: textsAtOnce + 2 }, (_, index) => `body ${index}`);
const expected = bodies.map((body) => hash('md5', body, 'hex'));

test('regression: the code for many is made in the background, in turns that are short', async () => {
  // The first batch held the loop up for 15 to 40 ms.
  let turns = 0;
  const nextTurn = (callback: () => void): void => {
    turns++;
    setImmediate(callback);
  };
  const digests = new BodyDigests({ clock: { nextTurn }, log: silentLog });
  assert.deepEqual(digests.ofEach(bodies.slice(0, 2)), expected.slice(0, 2));
  await digests.settle();
  assert.equal(turns, 0, 'few do not need it');
  assert.deepEqual(digests.ofEach(bodies), expected);
  assert.equal(turns, 0, 'the first batch does not wait for it');
  await digests.settle();
  assert(turns > 60, `${turns} turns`);
  assert.deepEqual(digests.ofEach(bodies), expected);
});

test('where the code cannot be made bodies are hashed one by one, and the log says so', async () => {
  const warnings: unknown[] = [];
  const error = new Error('no turn');
  const log = { ...silentLog, warn: (_message: string, fields: unknown) => void warnings.push(fields) };
  const nextTurn = (): void => {
    throw error;
  };
  const digests = new BodyDigests({ clock: { nextTurn }, log });
  for (let batch = 0; batch < 2; batch++) {
    assert.deepEqual(digests.ofEach(bodies), expected);
    await digests.settle();
  }
  assert.deepEqual(warnings, [{ error }]);
});
