// `cairn up` from its start to its end, as a process: what it prints, what it refuses, how it stops.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { endpointOf, rootCredentials, runCairn, startCairn } from './cairn-process.ts';

const rootBasic = `Basic ${Buffer.from(`${rootCredentials.accessKeyId}:${rootCredentials.secretAccessKey}`).toString('base64')}`;

test('the first start prints root credentials once, then endpoints, then ready', async (t) => {
  const data = await temporaryDirectory(t);
  const first = await startCairn(t, { data, environment: {} });
  assert.match(first.lines.join('\n'), /root credentials/);
  assert.equal(first.lines.at(-1), 'ready');
  assert.deepEqual(
    [...first.endpoints.keys()],
    ['service http', 'object-storage s3', 'message-queue kafka', 'message-queue sqs'],
  );
  const credentials = await stat(join(data, 'identity/root-credentials'));
  assert.equal(credentials.mode & 0o777, 0o600);
  assert.deepEqual(await first.end('SIGTERM'), { code: 0, signal: null });

  const second = await startCairn(t, { data, environment: {} });
  assert.doesNotMatch(second.lines.join('\n'), /secret/i);
  assert.deepEqual(await second.end('SIGINT'), { code: 0, signal: null });
});

test('health, readiness, metrics and the plain page answer on the service listener', async (t) => {
  const cairn = await startCairn(t, { data: await temporaryDirectory(t) });
  for (const path of ['/healthz', '/readyz', '/metrics', '/']) {
    const response = await fetch(new URL(path, endpointOf(cairn, 'service http')));
    await response.body?.cancel();
    assert.equal(response.status, 200, path);
  }
});

test('with --json every line is an event', async (t) => {
  const cairn = await startCairn(t, { data: await temporaryDirectory(t), parameters: ['--json'] });
  const events = cairn.lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    events.filter(({ event }) => event === 'endpoint').map(({ system, protocol }) => `${system} ${protocol}`),
    ['service http', 'object-storage s3', 'message-queue kafka', 'message-queue sqs'],
  );
  assert.deepEqual(events.at(-1), { event: 'ready' });
});

test('a log on a full disk keeps nobody from being served, and the process from nothing', async (t) => {
  const full = openSync('/dev/full', 'w');
  t.after(() => closeSync(full));
  const parameters = ['--set', 'service.log.level=info'];
  const cairn = await startCairn(t, { data: await temporaryDirectory(t), parameters, errorsTo: full });
  // Each of them is a line of the log.
  for (let count = 0; count < 5; count++) {
    const response = await fetch(new URL('/bucket/key', endpointOf(cairn, 'object-storage s3')));
    await response.body?.cancel();
    assert.equal(response.status, 404);
  }
  assert.deepEqual(await cairn.end('SIGTERM'), { code: 0, signal: null });
});

test('a second start on the same folder is refused by name', async (t) => {
  const data = await temporaryDirectory(t);
  await startCairn(t, { data });
  const second = await runCairn(['up', '--data', data]);
  assert.equal(second.code, 3);
  assert.match(second.errors, new RegExp(`${data}.*in use`));
  assert.equal(second.output, '');
});

test('a port that is taken is refused with the key to set', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const data = await temporaryDirectory(t);
  const taken = [
    'up',
    '--data',
    data,
    ...['--set', `object-storage.s3.port=${port}`],
    ...['--set', 'service.port=0'],
    ...['--set', 'message-queue.kafka.port=0', '--set', 'message-queue.sqs.port=0'],
  ];
  const refused = await runCairn(taken);
  assert.equal(refused.code, 4, refused.errors);
  assert.match(refused.errors, new RegExp(`${port}`));
  assert.match(refused.errors, /object-storage\.s3\.port/);
});

test('a failed start releases the folder', async (t) => {
  const data = await temporaryDirectory(t);
  const failed = await runCairn(['up', '--data', data, '--host', '192.0.2.1']);
  assert.equal(failed.code, 4, failed.errors);
  const cairn = await startCairn(t, { data });
  assert.equal(cairn.lines.at(-1), 'ready');
});

test('--only mounts what it names, with identity', async (t) => {
  const data = await temporaryDirectory(t);
  const cairn = await startCairn(t, { data, parameters: ['--only', 'identity'] });
  assert.deepEqual([...cairn.endpoints.keys()], ['service http']);
});

test('a request in flight at SIGTERM is answered, new connections are not', async (t) => {
  const cairn = await startCairn(t, { data: await temporaryDirectory(t) });
  const url = new URL(endpointOf(cairn, 'service http'));
  const socket = connect(Number(url.port), url.hostname);
  const body = JSON.stringify({ name: 'anna' });
  const head = [
    'POST /api/identity/users HTTP/1.1',
    'host: cairn',
    'connection: close',
    `authorization: ${rootBasic}`,
  ];
  head.push('content-type: application/json', `content-length: ${body.length}`);
  await once(socket, 'connect');
  // All but the last byte: the server is inside the request when the signal comes.
  await new Promise((resolve) => socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, -1)}`, resolve));
  await answered(url);
  const ended = cairn.end('SIGTERM');
  while (await accepts(url)) await answered(url).catch(() => {});
  socket.write(body.slice(-1));
  assert.match(await text(socket), /^HTTP\/1\.1 200 [\s\S]*user\/anna/);
  assert.deepEqual(await ended, { code: 0, signal: null });
});

test('it stops when the process that started it in its own place is gone', async (t) => {
  const { child } = await startCairn(t, { data: await temporaryDirectory(t) });
  const exited = once(child, 'exit');
  child.disconnect();
  assert.deepEqual(await exited, [0, null]);
});

async function answered(url: URL): Promise<void> {
  const response = await fetch(new URL('/healthz', url));
  await response.body?.cancel();
}

async function accepts(url: URL): Promise<boolean> {
  const probe = connect(Number(url.port), url.hostname);
  try {
    await once(probe, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    probe.destroy();
  }
}
