// Topics whose old segments are in each kind of blobs engine, as `cairn up` mounts them: a folder, the object storage beside the
// message queue, and an S3 over HTTP, which is another Cairn's.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import type { MessageQueue } from '@cairn/message-queue';
import type { ObjectStorage } from '@cairn/object-storage';
import { loadConfiguration, type RunningService, startService } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { authenticatorOf } from '../src/authenticator.ts';
import { systems } from '../src/systems.ts';
import { runCommand } from './run-command.ts';

type Topic = Awaited<ReturnType<MessageQueue['topics']['create']>>;

const texts = {
  'segment.bytes': String(2 ** 20),
  'remote.storage.enable': 'true',
  'local.retention.bytes': '1',
} as const;
const values = Array.from({ length: 5 }, (_, index) => `${index} ${'x'.repeat(700_000)}`);

type StartOptions = {
  readonly blobs?: string;
  readonly only?: readonly string[];
  readonly listens?: boolean;
  /** Of the test unless given. */
  readonly directory?: string;
};

async function start(
  t: TestContext,
  { blobs, only, listens = false, ...options }: StartOptions,
): Promise<RunningService> {
  const { directory = await temporaryDirectory(t) } = options;
  const ports = ['service', 'object-storage.s3', 'message-queue.kafka', 'message-queue.sqs'];
  const engine = blobs === undefined ? [] : [`message-queue.engines.blobs=${blobs}`];
  const flags = {
    data: `${directory}/data`,
    set: [
      ...ports.map((name) => `${name}.port=0`),
      'message-queue.groups.initialRebalanceDelayMs=0',
      ...engine,
    ],
  };
  const service = await startService({
    definitions: systems,
    configuration: await loadConfiguration({ definitions: systems, directory, environment: {}, flags }),
    ...{ world: realWorld(), authenticator: authenticatorOf, print: () => {}, telemetry: silentTelemetry() },
    ...{ only, withoutListeners: !listens },
  });
  cleanUpAfter(t, () => service.stop());
  return service;
}

/** Moves what there is, and reads it. */
async function fill(queue: MessageQueue, blobsThere: () => Promise<number>): Promise<Topic> {
  const topic = await queue.topics.create({ name: 'old', texts });
  const partition = await queue.topics.partition(topic, 0);
  for (const value of values) await queue.produce({ topic: 'old', records: [{ value }] });
  const { signal } = new AbortController();
  while (await partition.tiers!.step(signal));
  await partition.upkeep();
  assert.deepEqual([partition.startOffset, partition.tiers!.localStartOffset], [0, 4]);
  assert.equal(await blobsThere(), 4);
  assert.deepEqual(await consume(queue), values);
  return topic;
}

/** Also deletes the topic with its blobs. */
async function use(queue: MessageQueue, blobsThere: () => Promise<number>): Promise<void> {
  const topic = await fill(queue, blobsThere);
  await queue.topics.delete(topic);
  await queue.topics.filesRemoved();
  assert.equal(await blobsThere(), 0);
}

async function consume(queue: MessageQueue): Promise<readonly string[]> {
  const seen: string[] = [];
  const all = Promise.withResolvers<void>();
  const subscription = await queue.subscribe({
    ...{ topics: ['old'], group: 'readers' },
    handle: ({ value }) => {
      seen.push(Buffer.from(value!).toString());
      if (seen.length === values.length) all.resolve();
    },
  });
  await all.promise;
  await subscription.stop();
  return seen;
}

const queueOf = (service: RunningService) => service.system<MessageQueue>('message-queue');

function objectsIn(service: RunningService, bucket: string): () => Promise<number> {
  const storage = service.system<ObjectStorage>('object-storage');
  return async () =>
    (await storage.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 100 })).objects.length;
}

test('old segments lie in the object storage beside the message queue', async (t) => {
  const service = await start(t, { blobs: 'local:tier/topics' });
  await use(queueOf(service), objectsIn(service, 'tier'));
});

test('regression: commands on a folder find the object storage that old segments lie in, and so does a repair', async (t) => {
  const directory = await temporaryDirectory(t);
  const blobs = 'local:tier/topics';
  const service = await start(t, { directory, blobs });
  const { topicId } = await fill(queueOf(service), objectsIn(service, 'tier'));
  await service.stop();
  const environment = { CAIRN_MESSAGE_QUEUE__ENGINES__BLOBS: blobs, CAIRN_DATA: `${directory}/data` };
  const cairn = (line: string) => runCommand(`queue ${line}`, { environment });
  const read = async () => {
    const { code, output, errors } = await cairn('consume old --values');
    assert.equal(code, 0, errors);
    return output.trim().split('\n');
  };
  assert.deepEqual(await read(), values);
  const list = `${directory}/data/message-queue/partitions/${topicId}/0/remote`;
  await writeFile(list, (await readFile(list)).subarray(0, -10));
  const damaged = await cairn('check');
  assert.equal(damaged.code, 1, damaged.errors);
  assert.match(damaged.output, /^damage: topic old\/0: .*remote is damaged$/m);
  const repaired = await cairn('repair');
  assert.equal(repaired.code, 0, `${repaired.output}${repaired.errors}`);
  assert.match(repaired.output, /^made again: topic old\/0: remote: /m);
  assert.match((await cairn('check')).output, /^sound/);
  assert.deepEqual(await read(), values);
});

test('old segments lie in an S3', async (t) => {
  const there = await start(t, { only: ['identity', 'object-storage'], listens: true });
  const storage = there.system<ObjectStorage>('object-storage');
  await storage.createBucket({ bucket: 'tier', owner: '000000000000' });
  const [accessKey, secret] = ['ACCESS', 'SECRET'].map((kind) => {
    const line = there.notices.join('\n');
    return new RegExp(`CAIRN_ROOT_${kind}_KEY=(\\S+)`).exec(line)![1]!;
  });
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_REGION: 'us-east-1',
  });
  const url = there.endpoints.find(({ protocol }) => protocol === 's3')!.url;
  const service = await start(t, { blobs: `${url}/tier/topics`, only: ['identity', 'message-queue'] });
  await use(queueOf(service), objectsIn(there, 'tier'));
});

test('without object-storage beside it, local: ends the start and says what to do', async (t) => {
  await assert.rejects(
    start(t, { blobs: 'local:tier', only: ['identity', 'message-queue'] }),
    /could not start message-queue: .*object-storage is not mounted.*--only/,
  );
});
