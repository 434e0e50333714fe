// A store of delayed records that cannot be opened when the broker starts: all else works, and it is tried again.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld, type World } from '@cairn/world';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { openMessageQueue } from '../../src/index.ts';
import { delayStoreRetryMs } from '../../src/limits.ts';
import { checked } from '../check/check-store.ts';
import { batchOfRecords, produce, untilSeen } from './delay-fixture.ts';

const minuteMs = 60_000;

/** The real world a minute ahead, whose retries of opening the store a test lets happen. */
function laterWorld() {
  const { clock, ...rest } = realWorld();
  const retries: (() => void)[] = [];
  const setTimer: World['clock']['setTimer'] = (delayMs, callback) => {
    if (delayMs !== delayStoreRetryMs) return clock.setTimer(delayMs, callback);
    retries.push(callback);
    return { cancel() {} };
  };
  const nowMs = () => clock.nowMs() + minuteMs;
  const later = new Proxy(clock, {
    get(target, name) {
      if (name === 'setTimer') return setTimer;
      if (name === 'nowMs') return nowMs;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { world: { ...rest, clock: later } satisfies World, retries };
}

/** A closed broker's folder with a topic `letters`, which has a record due in less than a minute, and `plain`. */
async function fill(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory });
  const topic = await queue.topics.create({ name: 'letters', texts: { 'cairn.delayed': 'true' } });
  await queue.topics.create({ name: 'plain' });
  const headers = { 'cairn-deliver-at': String(Date.now() + minuteMs / 2) };
  await produce(queue, { topic }, batchOfRecords([{ text: 'later', headers }]));
  await queue.close();
  return directory;
}

/** Gives what puts it right. */
function damageStore(directory: string): () => void {
  const file = `${directory}/delays.sqlite`;
  const sound = readFileSync(file);
  writeFileSync(file, Buffer.from(sound).fill(0xff, 0, 16));
  return () => writeFileSync(file, sound);
}

test('regression: while the store of delayed records is damaged the broker works; later they come', async (t) => {
  const directory = await fill(t);
  const repair = damageStore(directory);
  const { world, retries } = laterWorld();
  const queue = await openMessageQueue({ directory, world });
  cleanUpAfter(t, () => queue.close());
  const [letters, plain] = ['letters', 'plain'].map((name) => queue.topics.find(name)!);
  const record = batchOfRecords([{ text: 'now' }]);
  await produce(queue, { topic: plain! }, record);
  assert.equal((await untilSeen(await queue.topics.partition(plain!, 0), 1))[0]!.text, 'now');
  await assert.rejects(produce(queue, { topic: letters! }, record), { code: 'KAFKA_STORAGE_ERROR' });
  assert.deepEqual(queue.warnings(), [
    'the store of delayed records cannot be opened: they wait, and topics with delays take no records',
  ]);
  const { findings } = await checked(queue, directory);
  assert.deepEqual(
    findings.map(({ severity, where }) => [severity, where]),
    [['damage', 'delayed records']],
  );
  assert.equal(retries.length, 1);
  repair();
  retries[0]!();
  const [seen] = await untilSeen(await queue.topics.partition(letters!, 0), 1);
  assert.equal(seen!.text, 'later');
  assert.deepEqual(queue.warnings(), []);
  assert.deepEqual((await checked(queue, directory)).findings, []);
});

test('a repair tells of a store of delayed records that cannot be opened', async (t) => {
  const directory = await fill(t);
  damageStore(directory);
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: false });
  assert.deepEqual(
    problems.map(({ where }) => where),
    ['delayed records'],
  );
});
