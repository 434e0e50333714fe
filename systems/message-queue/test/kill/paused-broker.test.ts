// The real process is stopped (SIGSTOP) for longer than a session and a transaction last, as a paused machine is, and goes on:
// who was there all the time is still there.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { BrokerProcess } from './broker-process.ts';
import { clientOn } from './log-writers.ts';

const topic = 'paused';
const sessionTimeout = 2_000;
const transactionTimeout = 2_000;
const pauseMs = 6_000;

test('regression: members and transactions outlast a broker that was stopped for longer than both', async (t) => {
  const broker = await BrokerProcess.on(await temporaryDirectory(t));
  await broker.start();
  cleanUpAfter(t, () => broker.kill());
  const kafka = clientOn(broker.kafkaPort);
  const admin = kafka.admin();
  await admin.connect();
  cleanUpAfter(t, () => admin.disconnect());
  await admin.createTopics({ topics: [{ topic }] });
  const consumer = kafka.consumer({
    ...{ groupId: 'readers', sessionTimeout, heartbeatInterval: 300, maxWaitTimeInMs: 100 },
    readUncommitted: false,
  });
  cleanUpAfter(t, () => consumer.disconnect());
  const seen: string[] = [];
  let joins = 0;
  const received = Promise.withResolvers<void>();
  const joined = new Promise<void>((resolve) => {
    consumer.on('consumer.group_join', () => {
      joins += 1;
      resolve();
    });
  });
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      seen.push(String(message.value));
      received.resolve();
    },
  });
  await joined;
  await new Promise<void>((resolve) => consumer.on('consumer.heartbeat', () => resolve()));
  const producer = kafka.producer({
    ...{ transactionalId: 'writer', transactionTimeout, maxInFlightRequests: 1, idempotent: true },
  });
  await producer.connect();
  cleanUpAfter(t, () => producer.disconnect());
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'before' }] });
  process.kill(broker.pid, 'SIGSTOP');
  await sleep(pauseMs);
  process.kill(broker.pid, 'SIGCONT');

  await transaction.send({ topic, messages: [{ value: 'after' }] });
  await transaction.commit();
  await received.promise;
  // A member whose session had ended learns it with its next heartbeat.
  await sleep(2 * sessionTimeout);
  assert.deepEqual([seen.sort(), joins], [['after', 'before'], 1]);
});
