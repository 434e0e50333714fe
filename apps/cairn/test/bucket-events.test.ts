// Events of buckets in queues and topics of the message queue beside the object storage.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { MessageQueue, ReceivedMessage } from '@cairn/message-queue';
import { type EventRecord, type ObjectStorage, objectBody } from '@cairn/object-storage';
import { loadConfiguration, type Principal, startService } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { authenticatorOf } from '../src/authenticator.ts';
import { systems } from '../src/systems.ts';

const arn = (service: 'sqs' | 'sns', name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;

async function start(t: TestContext, { data, only }: { data?: string; only?: readonly string[] } = {}) {
  const directory = data ?? (await temporaryDirectory(t));
  const flags = { data: `${directory}/data`, set: ['message-queue.groups.initialRebalanceDelayMs=0'] };
  const service = await startService({
    definitions: systems,
    configuration: await loadConfiguration({ definitions: systems, directory, environment: {}, flags }),
    ...{ world: realWorld(), authenticator: authenticatorOf, print: () => {}, telemetry: silentTelemetry() },
    ...{ only, withoutListeners: true },
  });
  cleanUpAfter(t, () => service.stop());
  const storage = service.system<ObjectStorage>('object-storage');
  return {
    ...{ directory, service, storage },
    queue: () => service.system<MessageQueue>('message-queue'),
    async notify(target: string, more: { prefix?: string } = {}) {
      const kind = target.includes(':sqs:') ? 'queue' : 'topic';
      const events = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'];
      const documents = { notification: JSON.stringify([{ id: 'all', kind, target, events, ...more }]) };
      await storage.createBucket({ bucket: 'photos', owner: 'me', documents });
    },
    async put(key: string) {
      const attributes = { headers: {}, userMetadata: {} };
      await storage.putObject({ bucket: 'photos', key, attributes, body: objectBody(Buffer.from(key)) });
    },
  };
}

async function received(
  queue: MessageQueue,
  name: string,
  count: number,
): Promise<readonly ReceivedMessage[]> {
  const open = await queue.queues.queue(queue.queues.find(name));
  const found: ReceivedMessage[] = [];
  while (found.length < count) {
    const more = await open.receive({ max: 10, waitMs: 20_000 });
    assert(more.length > 0, `only ${found.length} of ${count} messages came in 20 s`);
    for (const each of more) await open.delete(each.handle);
    found.push(...more);
  }
  return found;
}

function recordsOf(texts: readonly string[]): readonly EventRecord[] {
  return texts.flatMap((text) => JSON.parse(text).Records);
}
const told = ({ eventName, s3 }: EventRecord) => `${eventName} ${s3.object.key}`;

test('what happens in a bucket is in its queue, one message for each event', async (t) => {
  const { storage, queue, notify, put } = await start(t);
  await queue().queues.create({ name: 'changes' });
  await notify(arn('sqs', 'changes'));
  await put('a b/ü.jpg');
  await storage.deleteObject({ bucket: 'photos', key: 'a b/ü.jpg' });
  const messages = await received(queue(), 'changes', 2);
  const bodies = messages.map(({ message }) => message.body);
  assert.deepEqual(recordsOf(bodies).map(told), [
    'ObjectCreated:Put a+b%2F%C3%BC.jpg',
    'ObjectRemoved:Delete a+b%2F%C3%BC.jpg',
  ]);
  assert.deepEqual(
    bodies.map((body) => Object.keys(JSON.parse(body))),
    [['Records'], ['Records']],
  );
  assert.equal(messages[0]!.message.sender, 's3.amazonaws.com');
});

test('in a FIFO queue the events of a key keep their order, and a repeated one is there once', async (t) => {
  const { storage, queue, notify, put } = await start(t);
  await queue().queues.create({ name: 'changes.fifo', attributes: { FifoQueue: 'true' } });
  await notify(arn('sqs', 'changes.fifo'));
  const long = 'k/'.repeat(400);
  for (const key of ['a', long, 'a']) await put(key);
  await storage.deleteObject({ bucket: 'photos', key: 'a' });
  const messages = await received(queue(), 'changes.fifo', 4);
  const ofA = messages.filter(({ message }) => message.group === 'photos/a');
  assert.deepEqual(recordsOf(ofA.map(({ message }) => message.body)).map(told), [
    'ObjectCreated:Put a',
    'ObjectCreated:Put a',
    'ObjectRemoved:Delete a',
  ]);
  const [other] = messages.filter(({ message }) => message.group !== 'photos/a');
  assert.match(other!.message.group!, /^photos\/[0-9a-f]{64}$/);
  const [first] = recordsOf(ofA.map(({ message }) => message.body));
  assert.equal(ofA[0]!.message.deduplicationId, first!.s3.object.sequencer);
});

test('a topic gets events by key of the object, and a subscription handles them', async (t) => {
  const { queue, notify, put } = await start(t);
  await queue().topics.create({ name: 'changes', partitionCount: 3 });
  await notify(arn('sns', 'changes'));
  for (const key of ['a b', 'c', 'a b']) await put(key);
  const seen: { key: string; value: string; partition: number }[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  await queue().subscribe({
    ...{ topics: ['changes'], group: 'thumbnails' },
    handle: ({ key, value, partition }) => {
      seen.push({ key: `${Buffer.from(key!)}`, value: `${Buffer.from(value!)}`, partition });
      if (seen.length === 3) resolve();
    },
  });
  await all;
  assert.deepEqual(seen.map(({ key }) => key).toSorted(), ['photos/a b', 'photos/a b', 'photos/c']);
  assert.deepEqual(
    recordsOf(seen.map(({ value }) => value))
      .map(told)
      .toSorted(),
    ['ObjectCreated:Put a+b', 'ObjectCreated:Put a+b', 'ObjectCreated:Put c'],
  );
  assert.equal(new Set(seen.filter(({ key }) => key === 'photos/a b').map((each) => each.partition)).size, 1);
});

test('events wait for a queue that was deleted, and for a message queue that is not mounted', async (t) => {
  const first = await start(t);
  await first.queue().queues.create({ name: 'changes' });
  await first.notify(arn('sqs', 'changes'));
  await first.queue().queues.delete('changes');
  assert.equal(await first.storage.isEventTarget({ target: arn('sqs', 'changes') }), false);
  await first.put('a');
  await first.service.stop();
  const without = await start(t, { data: first.directory, only: ['identity', 'object-storage'] });
  assert.equal(await without.storage.isEventTarget({ target: arn('sqs', 'changes') }), false);
  await without.put('b');
  await without.service.stop();
  const last = await start(t, { data: first.directory });
  await last.queue().queues.create({ name: 'changes' });
  const messages = await received(last.queue(), 'changes', 2);
  assert.deepEqual(recordsOf(messages.map(({ message }) => message.body)).map(told), [
    'ObjectCreated:Put a',
    'ObjectCreated:Put b',
  ]);
});

test('only queues and topics of this region and account are targets, and only those that are there', async (t) => {
  const { storage, queue } = await start(t);
  await queue().queues.create({ name: 'q' });
  await queue().topics.create({ name: 't' });
  const isTarget = (target: string) => storage.isEventTarget({ target });
  assert.equal(await isTarget(arn('sqs', 'q')), true);
  assert.equal(await isTarget(arn('sns', 't')), true);
  for (const other of [
    arn('sqs', 't'),
    arn('sns', 'q'),
    'arn:aws:sqs:eu-west-1:000000000000:q',
    'arn:aws:sqs:us-east-1:111111111111:q',
    'arn:aws:sqs:us-east-1:000000000000:',
    'arn:aws:lambda:us-east-1:000000000000:q',
    `${arn('sqs', 'q')}:x`,
    'q',
  ])
    assert.equal(await isTarget(other), false, other);
});

test('who configures a bucket has to be allowed to send to the target, or its policy lets in S3', async (t) => {
  const { storage, queue } = await start(t);
  await queue().queues.create({ name: 'q' });
  const root: Principal = {
    ...{ type: 'root', name: 'root', arn: 'arn:aws:iam::000000000000:root', accessKeyId: 'x' },
  };
  const nobody: Principal = { type: 'anonymous', name: 'anonymous', arn: '*', accessKeyId: undefined };
  const may = (principal: Principal, target: string) =>
    storage.allowsEventTarget({ target, principal, bucket: 'photos' });
  assert.equal(await may(nobody, arn('sqs', 'q')), false);
  assert.equal(await may(nobody, arn('sns', 't')), false);
  assert.equal(await may(nobody, 'arn:aws:lambda:us-east-1:000000000000:function:hook'), true);
  const statement = (effect: string, bucket: string) => ({
    ...{ Effect: effect, Action: 'sqs:SendMessage', Resource: arn('sqs', 'q') },
    Principal: { Service: 's3.amazonaws.com' },
    Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${bucket}` } },
  });
  const setPolicy = (...Statement: readonly object[]) =>
    queue().queues.setPolicy('q', () => JSON.stringify({ Version: '2012-10-17', Statement }));
  await setPolicy(statement('Allow', 'other'));
  assert.equal(await may(nobody, arn('sqs', 'q')), false);
  await setPolicy(statement('Allow', 'photos'));
  assert.equal(await may(nobody, arn('sqs', 'q')), true);
  await setPolicy(statement('Deny', 'photos'));
  assert.equal(await may(root, arn('sqs', 'q')), false);
});
