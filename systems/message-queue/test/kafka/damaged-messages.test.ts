// Requests of every API and version, whole by their schemas and then damaged in a few bytes, to a whole broker: with groups,
// transactions and partitions on disk. Each is answered, refused, or ends its connection; nothing of it is unexpected.

import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { createLog, createMetrics } from '@cairn/telemetry';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { readSchemas } from '../../codegen/message-files.ts';
import { ModelCodec } from '../../codegen/model-codec.ts';
import { openMessageQueue } from '../../src/broker/open-message-queue.ts';
import { apis } from '../../src/kafka/messages/apis.ts';
import { encodeRequestHeader } from '../../src/kafka/messages/request-header.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { kafkaOn } from './kafka-on.ts';
import { fetch, metadata, produce } from './requests.ts';
import { framed, TestClient } from './test-client.ts';

const rounds = 40;
const atOnce = 20;
const flexible = new Map<number, number>(Object.values(apis).map((api) => [api.key, api.flexibleFrom]));
const requests = readSchemas().filter(({ kind, apiKey }) => kind === 'request' && flexible.has(apiKey!));

function damagedMessage(random: SeededRandom): Buffer {
  const schema = requests[random.integer(requests.length)]!;
  const { apiKey, valid } = schema;
  const version = valid.from + random.integer(valid.to - valid.from + 1);
  const model = new ModelCodec(schema, { version, random: (below) => random.integer(below) });
  const writer = new Writer();
  const header = { requestApiKey: apiKey!, requestApiVersion: version, correlationId: 1, clientId: 'fuzz' };
  encodeRequestHeader(writer, header, version >= flexible.get(apiKey!)! ? 2 : 1);
  const body = Buffer.from(model.encode(model.message()));
  for (let count = random.integer(4); count > 0 && body.length > 0; count--)
    body[random.integer(body.length)] = [0, 1, 2, 0x7f, 0x80, 0xff, random.integer(256)][random.integer(7)]!;
  return framed(Buffer.concat([...writer.finish(), body]));
}

test('requests of every API, damaged in a few bytes, harm nobody', async (t) => {
  const seed = realWorld().random.integer(2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const errors: string[] = [];
  const destination = { write: (line: string) => void errors.push(line) };
  const log = createLog({ level: 'error', clock: realWorld().clock, destination });
  const telemetry = { log, metrics: createMetrics() };
  const queue = await openMessageQueue({ directory: await temporaryDirectory(t), telemetry });
  const kafka = await kafkaOn(queue, { telemetry });
  cleanUpAfter(t, async () => {
    await kafka.close(AbortSignal.abort());
    await queue.close();
  });
  const other = await TestClient.connect(t, kafka.port);
  await other.ask('metadata', metadata(['mine']));
  const batch = batchOf(['mine'], { timestampMs: Date.now() });
  await other.ask('produce', produce('mine', { batch }));
  for (let round = 0; round < rounds; round++) {
    const sending = Array.from({ length: atOnce }, async () => {
      const socket = net.connect({ port: kafka.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.resume();
      socket.end(damagedMessage(random));
      // A fetch or a member of a group may wait for as long as its bytes say.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 200))]);
      socket.destroy();
    });
    await Promise.all(sending);
  }
  const answer = await other.ask('fetch', fetch([{ topic: 'mine' }]));
  assert.equal(answer?.responses[0]?.partitions[0]?.highWatermark, 1);
  assert.deepEqual(errors, [], `seed ${seed}`);
});
