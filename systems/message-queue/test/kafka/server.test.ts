// The Kafka port seen from raw sockets: frames, order, limits, hostile clients.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import tls from 'node:tls';
import { createLog, createMetrics } from '@cairn/telemetry';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { kafkaErrors } from '../../src/errors.ts';
import { openMessageQueue } from '../../src/index.ts';
import { testBatch } from './batches.ts';
import { kafkaOn } from './kafka-on.ts';
import { logIn } from './log-in.ts';
import { memoryPartitions } from './memory-partition.ts';
import { apiVersions, fetch, metadata, produce } from './requests.ts';
import { keysIdentity, openSocket, startKafka } from './start-kafka.ts';
import { FrameSource, framed, requestFrame, TestClient } from './test-client.ts';

test('a frame may come byte by byte', async (t) => {
  const { port } = await startKafka(t);
  const socket = await openSocket(t, port);
  const frames = new FrameSource(socket);
  for (const byte of requestFrame('apiVersions', { ...apiVersions(3), correlationId: 77 })) {
    socket.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  assert.equal((await frames.next())?.readInt32BE(0), 77);
});

test('many requests in one piece are answered in their order', async (t) => {
  const { port } = await startKafka(t);
  const socket = await openSocket(t, port);
  const frames = new FrameSource(socket);
  const requests = Array.from({ length: 500 }, (_, correlationId) =>
    requestFrame('apiVersions', { ...apiVersions(0), correlationId }),
  );
  socket.write(Buffer.concat(requests));
  for (let correlationId = 0; correlationId < 500; correlationId++)
    assert.equal((await frames.next())?.readInt32BE(0), correlationId);
});

test('an unknown version of ApiVersions is answered in version 0, with what is known', async (t) => {
  const { port } = await startKafka(t);
  const client = await TestClient.connect(t, port);
  client.send('apiVersions', { ...apiVersions(99) });
  const answer = await client.answer('apiVersions', apiVersions(0));
  assert.equal(answer?.errorCode, kafkaErrors.UNSUPPORTED_VERSION.code);
  const produceRange = answer?.apiKeys.find(({ apiKey }) => apiKey === 0);
  assert.deepEqual(produceRange, { apiKey: 0, minVersion: 0, maxVersion: 13 });
});

test('what is advertised and not served closes the connection: Produce below 3, as Kafka 4 has it', async (t) => {
  const { port } = await startKafka(t);
  const client = await TestClient.connect(t, port);
  const header = Buffer.from('0000000000000001ffff', 'hex');
  client.socket.write(framed(header));
  assert.equal(await client.nextFrame(), undefined);
});

for (const [what, bytes] of [
  ['a negative length', Buffer.from('ffffffff', 'hex')],
  ['an empty frame', Buffer.from('00000000', 'hex')],
  ['a frame above the bound', Buffer.from('7fffffff', 'hex')],
  ['an unknown API', framed(Buffer.from('03e7000000000001ffff', 'hex'))],
  ['a header cut short', framed(Buffer.from('0012', 'hex'))],
  ['an array longer than its frame', framed(Buffer.from('0003000100000001ffff7fffffff', 'hex'))],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')],
] as const)
  test(`${what} closes its connection, and no other`, async (t) => {
    const { port } = await startKafka(t);
    const [hostile, other] = [await TestClient.connect(t, port), await TestClient.connect(t, port)];
    hostile.socket.write(bytes);
    assert.equal(await hostile.nextFrame(), undefined);
    assert.equal((await other.ask('apiVersions', apiVersions()))?.errorCode, 0);
  });

test('HTTP is answered in its own words, and closed', async (t) => {
  const { port } = await startKafka(t);
  for (const method of ['GET', 'POST']) {
    const response = await globalThis.fetch(`http://127.0.0.1:${port}/queue`, {
      method,
      ...(method === 'POST' && { body: 'x'.repeat(100_000) }),
    });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /^This is the port of Kafka's protocol/);
  }
  const socket = await openSocket(t, port);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  // What comes behind it is served no more.
  socket.write(requestFrame('apiVersions', apiVersions(0)));
  let said = '';
  socket.on('data', (bytes) => {
    said += bytes.toString();
  });
  await once(socket, 'close');
  assert.match(said, /^HTTP\/1\.1 400 /);
  assert.ok(said.endsWith("which 'cairn up' prints.\n"), 'and nothing behind it');
});

test('TLS without a key pair is closed, and the log says so once', async (t) => {
  const lines: { level: string; event: string }[] = [];
  const log = createLog({
    ...{ level: 'info', clock: realWorld().clock },
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  });
  const queue = await openMessageQueue({ directory: await temporaryDirectory(t) });
  cleanUpAfter(t, () => queue.close());
  const kafka = await kafkaOn(queue, { telemetry: { log, metrics: createMetrics() } });
  cleanUpAfter(t, () => kafka.close(AbortSignal.abort()));
  for (let times = 0; times < 2; times++) {
    const socket = tls.connect({ port: kafka.port, host: '127.0.0.1', rejectUnauthorized: false });
    await assert.rejects(once(socket, 'secureConnect'));
  }
  const told = lines.filter(({ event }) => event === 'kafka connection of another protocol');
  assert.deepEqual(
    told.map(({ level }) => level),
    ['warn', 'info'],
  );
  assert.match(JSON.stringify(told[0]), /set tls\.certificate and tls\.key/);
});

test('a long frame without its bytes holds little memory', async (t) => {
  const { port, telemetry } = await startKafka(t);
  for (let index = 0; index < 20; index++) {
    const socket = await openSocket(t, port);
    socket.write(Buffer.from('06000000', 'hex'));
  }
  const other = await TestClient.connect(t, port);
  await other.ask('apiVersions', apiVersions());
  const held = Number(/cairn_kafka_request_memory_bytes (\d+)/.exec(telemetry.metrics.expose())?.[1]);
  assert.ok(held > 0 && held <= 21 * 4_096, `${held} bytes`);
});

test('a large produce is received whole, in pieces of any size', async (t) => {
  const partitions = memoryPartitions();
  const { port } = await startKafka(t, { openPartition: partitions });
  const client = await TestClient.connect(t, port);
  const batch = testBatch({ payloadBytes: 5_000_000 });
  for (let index = 0; index < batch.length - 61; index++) batch[61 + index] = index % 251;
  const expected = Buffer.from(batch);
  await client.ask('metadata', metadata(['big']));
  const answer = await client.ask('produce', produce('big', { batch }));
  assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
  const got = await client.ask('fetch', fetch([{ topic: 'big' }]));
  const records = Buffer.concat(got?.responses[0]?.partitions[0]?.records ?? []);
  assert.ok(records.subarray(61).equals(expected.subarray(61)), 'the records are what was sent');
});

test('produces of a connection overlap, and are answered in their order', async (t) => {
  const partitions = memoryPartitions();
  const { port } = await startKafka(t, { openPartition: partitions });
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['slow', 'fast']));
  await client.ask('produce', produce('slow'));
  const [slow] = partitions.opened.values();
  const disk = Promise.withResolvers<void>();
  slow!.appending = disk.promise;
  client.send('produce', produce('slow'));
  client.send('produce', produce('fast'));
  // The second one was begun while the first waits for the disk.
  while ([...partitions.opened.values()].at(-1)!.endOffset === 0) await new Promise(setImmediate);
  disk.resolve();
  const first = await client.answer('produce', produce('slow'));
  const second = await client.answer('produce', produce('fast'));
  const offsets = [first, second].map((answer) => answer?.responses[0]?.partitionResponses[0]?.baseOffset);
  assert.deepEqual(offsets, [1, 0]);
});

test('a produce without acknowledgements has no answer, and its failure closes the connection', async (t) => {
  const { port } = await startKafka(t);
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['quiet']));
  client.send('produce', produce('quiet', { acks: 0 }));
  const answer = await client.ask('metadata', metadata(['quiet']));
  assert.deepEqual([client.lastCorrelationId, answer?.topics[0]?.name], [3, 'quiet']);
  client.send('produce', produce('no-such-topic', { acks: 0 }));
  assert.equal(await client.nextFrame(), undefined);
});

test('who takes no answers is served no more, and is cut when idle', async (t) => {
  const { port, server } = await startKafka(t, { limits: { connectionIdleMs: 200, tickMs: 50 } });
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['big']));
  await client.ask('produce', produce('big', { batch: testBatch({ payloadBytes: 4_000_000 }) }));
  const slow = await openSocket(t, port);
  slow.pause();
  for (let index = 0; index < 50; index++) {
    const wanted = fetch([{ topic: 'big', partitionMaxBytes: 10_000_000 }]);
    slow.write(requestFrame('fetch', { ...wanted, correlationId: index }));
  }
  const before = server.connectionCount();
  assert.ok(before >= 1);
  while (server.connectionCount() > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('an idle connection is closed, one that waits for a fetch is not', async (t) => {
  const { port } = await startKafka(t, { limits: { connectionIdleMs: 100, tickMs: 20 } });
  const [idle, waiting] = [await TestClient.connect(t, port), await TestClient.connect(t, port)];
  await waiting.ask('metadata', metadata(['later']));
  await idle.ask('apiVersions', apiVersions());
  const answer = waiting.ask('fetch', fetch([{ topic: 'later' }], { maxWaitMs: 600 }));
  assert.equal(await idle.nextFrame(), undefined);
  assert.equal((await answer)?.errorCode, 0);
});

test('who has to log in and does not is cut', async (t) => {
  const limits = { loginTimeoutMs: 100, tickMs: 20 };
  const { port } = await startKafka(t, { identity: keysIdentity({ ada: 'secret' }), limits });
  const client = await TestClient.connect(t, port);
  assert.equal(await client.nextFrame(), undefined);
});

test('a client that ends its side gets the answers that it waits for', async (t) => {
  const { port } = await startKafka(t);
  const client = await TestClient.connect(t, port);
  client.send('metadata', metadata(['half']));
  client.socket.end();
  assert.equal((await client.answer('metadata', metadata(['half'])))?.topics[0]?.errorCode, 0);
  assert.equal(await client.nextFrame(), undefined);
});

test('closing answers what waits and lets nobody else in', async (t) => {
  const partitions = memoryPartitions();
  const { port, server } = await startKafka(t, { openPartition: partitions });
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['later']));
  const answer = client.ask('fetch', fetch([{ topic: 'later' }], { maxWaitMs: 60_000 }));
  while (partitions.opened.size === 0 || [...partitions.opened.values()][0]!.listenerCount === 0)
    await new Promise(setImmediate);
  const never = new AbortController();
  const closed = server.close(never.signal);
  assert.equal((await answer)?.errorCode, 0);
  assert.equal(await client.nextFrame(), undefined);
  await closed;
  await assert.rejects(openSocket(t, port), { code: 'ECONNREFUSED' });
});

test('connections above the bound are refused', async (t) => {
  const { port } = await startKafka(t, { limits: { connectionsMax: 2 } });
  const served = [await TestClient.connect(t, port), await TestClient.connect(t, port)];
  for (const client of served) assert.equal((await client.ask('apiVersions', apiVersions()))?.errorCode, 0);
  const refused = await TestClient.connect(t, port);
  assert.equal(await refused.nextFrame(), undefined);
});

test('regression: who sent a request while the broker stood still is answered, not cut for its silence', async (t) => {
  const { port } = await startKafka(t, { limits: { connectionIdleMs: 500, tickMs: 50 } });
  const client = await TestClient.connect(t, port);
  assert.equal((await client.ask('apiVersions', apiVersions()))?.errorCode, 0);
  client.send('apiVersions', apiVersions());
  // The broker runs in this thread: it looks at its time before it reads.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  assert.equal((await client.answer('apiVersions', apiVersions()))?.errorCode, 0);
});

test('regression: lengths of long frames without their bytes keep nobody from large requests', async (t) => {
  const { port } = await startKafka(t, {
    openPartition: memoryPartitions(),
    limits: { requestBytesMax: 1_000_000 },
  });
  for (let index = 0; index < 100; index++) {
    const socket = await openSocket(t, port);
    socket.write(Buffer.from('0008000000', 'hex'));
  }
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['large']));
  const answer = await client.ask(
    'produce',
    produce('large', { batch: testBatch({ payloadBytes: 150_000 }) }),
  );
  assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
});

test('regression: who fills the memory of all requests with parts of frames keeps nobody from small ones', async (t) => {
  const { port } = await startKafka(t, {
    openPartition: memoryPartitions(),
    limits: { requestBytesMax: 1_000_000 },
  });
  const greedy: net.Socket[] = [];
  for (let index = 0; index < 20; index++) {
    const socket = await openSocket(t, port);
    socket.write(Buffer.concat([Buffer.from('00080000', 'hex'), Buffer.alloc(10_000)]));
    greedy.push(socket);
  }
  const client = await TestClient.connect(t, port);
  await client.ask('apiVersions', apiVersions());
  await client.ask('metadata', metadata(['large']));
  client.send('produce', produce('large', { batch: testBatch({ payloadBytes: 150_000 }) }));
  const other = await TestClient.connect(t, port);
  assert.equal((await other.ask('apiVersions', apiVersions()))?.errorCode, 0);
  for (const socket of greedy) socket.destroy();
  const answer = await client.answer('produce', produce('large'));
  assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
});

test('regression: anonymous clients that hold parts of large requests leave room for those of who logs in', async (t) => {
  const { port } = await startKafka(t, {
    openPartition: memoryPartitions(),
    identity: { ...keysIdentity({ ada: 'secret' }), allowsAnonymous: async () => true },
    limits: { requestBytesMax: 1_000_000 },
  });
  for (let index = 0; index < 10; index++) {
    const socket = await openSocket(t, port);
    socket.write(Buffer.concat([Buffer.from('00400000', 'hex'), Buffer.alloc(60_000)]));
  }
  const client = await TestClient.connect(t, port);
  await logIn(client, '\0ada\0secret');
  await client.ask('metadata', metadata(['large']));
  const batch = testBatch({ payloadBytes: 150_000 });
  const answer = await client.ask('produce', produce('large', { batch }));
  assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
});

test('no frame is begun above the memory of all requests, and they go on when there is room', async (t) => {
  const partitions = memoryPartitions();
  const { port } = await startKafka(t, { openPartition: partitions, limits: { requestBytesMax: 600_000 } });
  const setUp = await TestClient.connect(t, port);
  await setUp.ask('metadata', metadata(['full']));
  await setUp.ask('produce', produce('full'));
  const disk = Promise.withResolvers<void>();
  const [partition] = partitions.opened.values();
  partition!.appending = disk.promise;
  const clients = await Promise.all(Array.from({ length: 8 }, () => TestClient.connect(t, port)));
  for (const client of clients)
    client.send('produce', produce('full', { batch: testBatch({ payloadBytes: 150_000 }) }));
  while (partition!.endOffset < 3) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(partition!.endOffset <= 4, `${partition!.endOffset} were received`);
  disk.resolve();
  const answers = await Promise.all(clients.map((client) => client.answer('produce', produce('full'))));
  for (const answer of answers) assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
});

test('a thousand connections are served', async (t) => {
  const { port } = await startKafka(t);
  const frame = requestFrame('apiVersions', apiVersions());
  const answered = await Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      cleanUpAfter(t, async () => void socket.destroy());
      socket.write(frame);
      const [bytes] = await once(socket, 'data');
      return (bytes as Buffer).readInt32BE(4);
    }),
  );
  assert.ok(answered.every((correlationId) => correlationId === 1));
});
