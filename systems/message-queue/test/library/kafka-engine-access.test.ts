// The log port's engine `kafka:` as a client that logs in, and as a member beside one of the library.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type LogCredentials, openLog } from '@cairn/engines';
import type { Principal } from '@cairn/service';
import { cleanUpAfter, findProgram, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { Kafka, logLevel } from 'kafkajs';
import { openMessageQueue } from '../../src/index.ts';
import type { KafkaIdentity } from '../../src/kafka/security/identity-port.ts';
import { kafkaOn } from '../kafka/kafka-on.ts';

const world = realWorld();
const openssl = findProgram('openssl');
const skip = openssl === undefined && 'openssl is not installed';

const anna: Principal = {
  ...{ type: 'user', name: 'anna', arn: 'arn:aws:iam::000000000000:user/anna', accessKeyId: 'ANNA' },
};
/** Anna may do everything, but nothing with the topic `forbidden`. */
const identity: KafkaIdentity = {
  findAccessKey: (accessKeyId) =>
    accessKeyId === 'ANNA' ? { accessKeyId, secret: 'secret', principal: anna, active: true } : undefined,
  authorize: (_principal, { resource }) => ({
    decision: resource.endsWith('/forbidden') ? 'implicit-deny' : 'allow',
  }),
  allowsAnonymous: async () => false,
};

async function keyPair(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const [certificate, key] = [`${directory}/certificate.pem`, `${directory}/key.pem`];
  const made = spawnSync(openssl!, [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-days', '9', '-subj', '/CN=kafka'],
    ...['-out', certificate, '-keyout', key],
  ]);
  assert.equal(made.status, 0, String(made.stderr));
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)
  test(`it logs in over TLS with ${mechanism}, and what it may not do is denied`, { skip }, async (t) => {
    const pair = await keyPair(t);
    const queue = await openMessageQueue({ directory: await temporaryDirectory(t) });
    const server = await kafkaOn(queue, { identity, tls: { ...pair, onChange: () => () => {} } });
    cleanUpAfter(t, async () => {
      await server.close(AbortSignal.abort());
      await queue.close();
    });
    for (const name of ['allowed', 'forbidden']) await queue.topics.create({ name, partitionCount: 1 });
    const open = async (credentials: LogCredentials) => {
      const url = `kafkas://localhost:${server.port}`;
      const log = await openLog({ url, world, credentials, authorities: pair.certificate });
      cleanUpAfter(t, () => log.close());
      return log;
    };
    const login = { username: 'ANNA', password: 'secret', mechanism };
    const log = await open(login);
    const records = [{ value: 'hello' }];
    assert.deepEqual(await log.produce({ topic: 'allowed', records }), [{ partition: 0, offset: 0 }]);
    await assert.rejects(log.produce({ topic: 'forbidden', records }), { name: 'LogError', code: 'denied' });
    const stranger = await open({ ...login, password: 'wrong' });
    await assert.rejects(
      stranger.produce({ topic: 'allowed', records }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'denied', error.message);
        assert.doesNotMatch(error.message, /wrong/);
        return true;
      },
    );
  });

test('a broker that is not there is unavailable', async (t) => {
  const log = await openLog({ url: 'kafka://127.0.0.1:1', world });
  cleanUpAfter(t, () => log.close());
  await assert.rejects(log.produce({ topic: 'a', records: [{ value: '' }] }), {
    ...{ name: 'LogError', code: 'unavailable', retryable: true },
  });
});

test('a member outside the broker and one inside share a group', async (t) => {
  const queue = await openMessageQueue({
    directory: await temporaryDirectory(t),
    groups: { initialRebalanceDelayMs: 0 },
  });
  const server = await kafkaOn(queue);
  const outside = await openLog({ url: `kafka://127.0.0.1:${server.port}`, world });
  cleanUpAfter(t, async () => {
    await outside.close();
    await server.close(AbortSignal.abort());
    await queue.close();
  });
  await queue.topics.create({ name: 'shared', partitionCount: 4 });
  const seen = { inside: new Map<string, number>(), outside: new Map<string, number>() };
  const noteFor = (who: keyof typeof seen) => (record: { value: Uint8Array | null; partition: number }) =>
    void seen[who].set(Buffer.from(record.value!).toString(), record.partition);
  await queue.subscribe({ topics: ['shared'], group: 'both', handle: noteFor('inside') });
  await outside.subscribe({ topics: ['shared'], group: 'both', handle: noteFor('outside') });
  const deadline = AbortSignal.timeout(30_000);
  let sent = 0;
  const partitionsOf = (who: keyof typeof seen, from: number) =>
    new Set([...seen[who]].filter(([value]) => Number(value) >= from).map(([, partition]) => partition));
  for (let from = 0; partitionsOf('inside', from).size !== 2 || partitionsOf('outside', from).size !== 2; ) {
    assert.ok(!deadline.aborted, 'each has half of the partitions within 30 s');
    from = sent;
    const records = [0, 1, 2, 3].map((partition) => ({ value: `${sent++}`, partition }));
    await outside.produce({ topic: 'shared', records });
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
});

test('a subscription from the outside goes on when the broker comes back', async (t) => {
  const directory = await temporaryDirectory(t);
  const start = async (port = 0) => {
    const queue = await openMessageQueue({ directory, groups: { initialRebalanceDelayMs: 0 } });
    const server = await kafkaOn(queue, { port });
    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= server.close(AbortSignal.abort()).then(() => queue.close());
      return stopping;
    };
    cleanUpAfter(t, stop);
    return { queue, port: server.port, stop };
  };
  const first = await start();
  const log = await openLog({ url: `kafka://127.0.0.1:${first.port}`, world });
  cleanUpAfter(t, () => log.close());
  const seen: string[] = [];
  let wake = () => {};
  const until = async (value: string) => {
    while (!seen.includes(value)) await new Promise<void>((resolve) => (wake = resolve));
  };
  const subscription = await log.subscribe({
    ...{ topics: ['events'], group: 'g', commitEveryMs: 50 },
    handle: ({ value }) => {
      seen.push(Buffer.from(value!).toString());
      wake();
    },
  });
  await log.produce({ topic: 'events', records: [{ value: 'before' }] });
  await until('before');
  await first.stop();
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  const second = await start(first.port);
  await second.queue.produce({ topic: 'events', records: [{ value: 'after' }] });
  await Promise.race([until('after'), subscription.ended]);
  assert.ok(seen.includes('after'));
  await log.produce({ topic: 'events', records: [{ value: 'and from outside' }] });
  await until('and from outside');
});

test('a group from the outside whose next record was deleted goes on with what there is', async (t) => {
  const queue = await openMessageQueue({
    directory: await temporaryDirectory(t),
    groups: { initialRebalanceDelayMs: 0 },
  });
  const server = await kafkaOn(queue);
  const log = await openLog({ url: `kafka://127.0.0.1:${server.port}`, world });
  cleanUpAfter(t, async () => {
    await log.close();
    await server.close(AbortSignal.abort());
    await queue.close();
  });
  const topic = await queue.topics.create({ name: 'events', partitionCount: 1 });
  await log.produce({ topic: 'events', records: ['a', 'b', 'c', 'd'].map((value) => ({ value })) });
  const first = await log.subscribe({
    ...{ topics: ['events'], group: 'g', retry: { attempts: 1 } },
    handle: ({ offset }) => {
      if (offset === 1) throw new Error('not this one');
    },
  });
  await assert.rejects(first.ended, { code: 'handler-failed' });
  await (await queue.topics.partition(topic, 0)).deleteRecordsBefore(3);
  const { promise, resolve } = Promise.withResolvers<string>();
  await log.subscribe({
    ...{ topics: ['events'], group: 'g' },
    handle: ({ value }) => resolve(Buffer.from(value!).toString()),
  });
  assert.equal(await promise, 'd');
});

test('from the outside, records of transactions that one producer aborted are not handled', async (t) => {
  const queue = await openMessageQueue({
    directory: await temporaryDirectory(t),
    groups: { initialRebalanceDelayMs: 0 },
  });
  const server = await kafkaOn(queue);
  const address = `127.0.0.1:${server.port}`;
  const log = await openLog({ url: `kafka://${address}`, world });
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: 'mover', idempotent: true, maxInFlightRequests: 1 });
  cleanUpAfter(t, async () => {
    await producer.disconnect();
    await log.close();
    await server.close(AbortSignal.abort());
    await queue.close();
  });
  await producer.connect();
  await queue.topics.create({ name: 'moves', partitionCount: 1 });
  for (const value of ['aborted 1', 'kept 1', 'aborted 2', 'aborted 3', 'kept 2']) {
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'moves', messages: [{ value }] });
    await (value.startsWith('kept') ? transaction.commit() : transaction.abort());
  }
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await log.subscribe({
    ...{ topics: ['moves'], group: 'g' },
    handle: ({ value }) => {
      seen.push(Buffer.from(value!).toString());
      if (seen.includes('kept 2')) resolve();
    },
  });
  await promise;
  assert.deepEqual(seen, ['kept 1', 'kept 2']);
});
