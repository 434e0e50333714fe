// Delays for who uses the broker as a library.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openBroker, untilSeen } from './delay-fixture.ts';

const minuteMs = 60_000;

test('the library delays what it produces, and refuses alone what asks for no time', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: { 'cairn.delayed': 'true' } });
  const header = (value: string) => [{ key: 'cairn-deliver-at', value: Buffer.from(value) }];
  const produce = (value: string, due?: string) => {
    const headers = due === undefined ? [] : header(due);
    const records = [{ key: null, value: Buffer.from(value), headers }];
    return queue.produce({ topic: 'letters', records });
  };
  // In one turn, so in one batch.
  const [late, odd, now] = await Promise.allSettled([
    produce('late', String(queue.nowMs() + minuteMs)),
    produce('odd', 'soon'),
    produce('now'),
  ]);
  assert.deepEqual([late.status, odd.status, now.status], ['fulfilled', 'rejected', 'fulfilled']);
  const partition = await queue.topics.partition(topic, 0);
  assert.deepEqual(
    (await untilSeen(partition, 1)).map(({ text }) => text),
    ['now'],
  );
  queue.jump(minuteMs);
  assert.equal((await untilSeen(partition, 2))[1]!.text, 'late');
});
