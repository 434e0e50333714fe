// Requests of every API and version with damaged bytes: answered or refused, their connection perhaps closed, and nothing
// else: no error that the broker did not expect, no other connection touched.

import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { cleanUpAfter } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { apis } from '../../src/kafka/messages/apis.ts';
import { encodeRequestHeader } from '../../src/kafka/messages/request-header.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';
import { apiVersions, fetch, metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { framed, requestFrame, TestClient } from './test-client.ts';

const all = Object.values(apis);

/** A header of a known API and version, and anything behind it. */
function randomRequest(random: SeededRandom): Buffer {
  const { key, versionMin, versionMax, flexibleFrom } = all[random.integer(all.length)]!;
  const version = versionMin + random.integer(versionMax - versionMin + 1);
  const writer = new Writer();
  const header = { requestApiKey: key, requestApiVersion: version, correlationId: 1, clientId: 'fuzz' };
  encodeRequestHeader(writer, header, version >= flexibleFrom ? 2 : 1);
  const body = random.bytes(random.integer(200));
  // Small numbers are what lengths and counts are made of.
  for (let at = 0; at < body.length; at++) if (random.integer(3) > 0) body[at] = random.integer(4);
  return framed(Buffer.concat([...writer.finish(), body]));
}

function damagedRequest(random: SeededRandom): Buffer {
  const valid = [
    requestFrame('produce', produce('a')),
    requestFrame('fetch', fetch([{ topic: 'a' }])),
    requestFrame('metadata', metadata(['a'])),
    requestFrame('apiVersions', apiVersions(3)),
  ];
  const frame = valid[random.integer(valid.length)]!;
  for (let count = 1 + random.integer(4); count > 0; count--)
    frame[4 + random.integer(frame.length - 4)] = random.integer(256);
  return frame;
}

test('damaged requests are answered or refused, and harm nobody', async (t) => {
  const seed = realWorld().random.integer(2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const { port, errors } = await startKafka(t);
  const other = await TestClient.connect(t, port);
  await other.ask('metadata', metadata(['a']));
  for (let round = 0; round < 60; round++) {
    const sockets = Array.from({ length: 10 }, async () => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      cleanUpAfter(t, async () => void socket.destroy());
      socket.on('error', () => {});
      socket.resume();
      const frame = random.integer(2) === 0 ? randomRequest(random) : damagedRequest(random);
      socket.end(frame);
      // A fetch may wait for as long as its damaged bytes say.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 200))]);
      socket.destroy();
    });
    await Promise.all(sockets);
  }
  assert.equal((await other.ask('apiVersions', apiVersions()))?.errorCode, 0);
  assert.deepEqual(errors, [], `seed ${seed}`);
});
