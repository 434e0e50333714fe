// A segment that rots in its middle and is torn at its end, under the real process: what was never acknowledged is cut, what
// was is not, the damage is told of, and all else goes on.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { kafkaErrors } from '../../src/errors.ts';
import { fetch } from '../kafka/requests.ts';
import { TestClient } from '../kafka/test-client.ts';
import { BrokerProcess } from './broker-process.ts';
import { clientOn } from './log-writers.ts';
import { readPartition } from './read-topic.ts';

const count = 50;
const text = (topic: string, number: number) => `${topic} number ${number} ${'.'.repeat(100)}`;
const textsOf = (topic: string) => Array.from({ length: count }, (_, number) => text(topic, number));

/** The one segment of the one partition that holds it. */
async function segmentWith(directory: string, wanted: string): Promise<string> {
  const partitions = `${directory}/message-queue/partitions`;
  for (const name of await readdir(partitions, { recursive: true })) {
    const path = `${partitions}/${name}`;
    if (name.endsWith('.segment') && (await readFile(path)).includes(wanted)) return path;
  }
  throw new Error(`no segment holds ${wanted}`);
}

/** A bit of the middle, and half a record behind the last one, as a torn write leaves it. */
async function hurt(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.indexOf(text('hurt', 25))]! ^= 1;
  const last = text('hurt', count - 1);
  // Behind a value comes the number of headers.
  const end = bytes.indexOf(last) + last.length + 1;
  const torn = Buffer.concat([bytes.subarray(0, end), bytes.subarray(64, 150), bytes.subarray(end + 86)]);
  await writeFile(path, torn);
}

test('a segment that rots hurts nobody but who reads what rotted, and is told of', async (t) => {
  const directory = await temporaryDirectory(t);
  const broker = await BrokerProcess.on(directory);
  cleanUpAfter(t, () => broker.kill());
  await broker.start();
  const producer = clientOn(broker.kafkaPort).producer({ allowAutoTopicCreation: true });
  cleanUpAfter(t, () => producer.disconnect());
  await producer.connect();
  const send = (topic: string, value: string) => producer.send({ topic, acks: -1, messages: [{ value }] });
  for (const topic of ['hurt', 'well']) for (const value of textsOf(topic)) await send(topic, value);
  await broker.kill();
  await hurt(await segmentWith(directory, text('hurt', 25)));
  await broker.start();
  const port = broker.kafkaPort;
  const read = (topic: string) => readPartition(t, { port, place: { topic, partition: 0 } });
  assert.deepEqual(await read('well'), textsOf('well'));
  await send('hurt', 'afterwards');
  await send('well', 'afterwards');
  const client = await TestClient.connect(t, port);
  const readFrom = async (offset: number) => {
    const answer = await client.ask('fetch', fetch([{ topic: 'hurt', offset }]));
    const { errorCode, highWatermark, records } = answer!.responses[0]!.partitions[0]!;
    return { errorCode, highWatermark, bytes: Buffer.concat([...(records ?? [])]) };
  };
  const before = await readFrom(0);
  assert.deepEqual([before.errorCode, before.highWatermark], [0, count + 1]);
  for (const number of [0, 24]) assert.ok(before.bytes.includes(text('hurt', number)));
  assert.ok(!before.bytes.includes('number 25'), 'what rotted is never served');
  assert.equal((await readFrom(25)).errorCode, kafkaErrors.CORRUPT_MESSAGE.code);
  const behind = await readFrom(26);
  assert.equal(behind.errorCode, 0);
  for (const wanted of [text('hurt', 26), text('hurt', count - 1), 'afterwards'])
    assert.ok(behind.bytes.includes(wanted));
  assert.match(broker.errors, /a partition has damaged records/);
  assert.deepEqual(await read('well'), [...textsOf('well'), 'afterwards']);
  await broker.kill();
  const { problems } = await repairMessageQueue(
    { directory: `${directory}/message-queue` },
    { acceptLoss: true },
  );
  assert.deepEqual(
    problems.map(({ where, isResolved }) => [where, isResolved]),
    [['topic hurt/0', true]],
  );
  await broker.start();
  const left = textsOf('hurt').filter((_, number) => number !== 25);
  assert.deepEqual(await read('hurt'), [...left, 'afterwards']);
});
