// Listeners over real sockets: binding, the limits that cut slow clients, and closing gracefully.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type RequestListener, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { realWorld } from '@cairn/world';
import { openSocket, send, textOf, untilClosed } from '../../test/http-client.ts';
import { UnusableStart } from '../unusable-start.ts';
import { createListener, type Listener, type ListenerOptions } from './create-listener.ts';
import { closeGracefully, isLoopbackHost, listen } from './listen.ts';

const { clock } = realWorld();
const never = new AbortController().signal;
const local = { host: '127.0.0.1', port: 0 };

async function start(t: TestContext, handler: RequestListener, options: Partial<ListenerOptions> = {}) {
  const server = createListener({ clock, ...options, handler });
  const { url, port } = await listen(server, local);
  t.after(() => closeGracefully(server, AbortSignal.abort()));
  return { server, url, port };
}

/** A server whose requests wait until the test answers them. */
async function startHeld(t: TestContext, options: Partial<ListenerOptions> = {}) {
  const arrived = Promise.withResolvers<ServerResponse>();
  const started = await start(t, (_, response) => arrived.resolve(response), options);
  return { ...started, arrived: arrived.promise };
}

test('a listener on port 0 takes a free one and tells it', async (t) => {
  const { url, port } = await start(t, (_, response) => response.end('hello'));
  assert.equal(url, `http://127.0.0.1:${port}`);
  assert.equal((await send(url)).text, 'hello');
});

test('an IPv6 address stands in brackets in the URL', async (t) => {
  const server = createListener({ clock, handler: (_, response) => response.end() });
  t.after(() => closeGracefully(server, AbortSignal.abort()));
  const { url, port } = await listen(server, { host: '::1', port: 0 });
  assert.equal(url, `http://[::1]:${port}`);
});

async function failureOf(server: Listener, options: Parameters<typeof listen>[1]): Promise<UnusableStart> {
  return listen(server, options).then(
    () => assert.fail('it listens'),
    (error) => error,
  );
}

test('a port in use is told with its configuration key', async (t) => {
  const { port } = await start(t, () => {});
  const second = createListener({ clock, handler: () => {} });
  const error = await failureOf(second, { host: '127.0.0.1', port, key: 'object-storage.s3.port' });
  assert(error instanceof UnusableStart);
  assert.deepEqual([error.code, error.exitCode], ['port-in-use', 4]);
  assert.match(
    error.message,
    new RegExp(`127.0.0.1:${port} \\(object-storage.s3.port\\): the port is in use`),
  );
});

test('an address that is not of this machine is told as unusable', async () => {
  const server = createListener({ clock, handler: () => {} });
  const error = await failureOf(server, { host: '192.0.2.1', port: 0 });
  assert.equal(error.code, 'address-unusable');
  assert.match(error.message, /; set host to an address of this machine$/);
  await closeGracefully(server, never);
});

test('closing lets a request in flight finish, tells its client, and then closes its connection', async (t) => {
  const { server, url, arrived } = await startHeld(t);
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const answer = send(url, { agent });
  const response = await arrived;
  const closed = closeGracefully(server, never);
  response.end('in time');
  const { text, headers } = await answer;
  assert.deepEqual([text, headers.connection], ['in time', 'close']);
  await closed;
  await assert.rejects(send(url), { code: 'ECONNREFUSED' });
});

test('closing ends idle connections at once: those kept alive and those that never sent anything', async (t) => {
  const { server, url } = await start(t, (_, response) => response.end('x'));
  const keptAlive = await openSocket(url);
  const untouched = await openSocket(url);
  keptAlive.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await once(keptAlive, 'data');
  const ends = [untilClosed(keptAlive), untilClosed(untouched)];
  await closeGracefully(server, never);
  await Promise.all(ends);
});

test('closing does not wait for a client that has sent only part of its headers', async (t) => {
  const { server, url } = await start(t, () => assert.fail('no request'));
  const received = once(server, 'connection').then(([socket]) => once(socket, 'data'));
  const socket = await openSocket(url);
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n');
  await received;
  const ended = untilClosed(socket);
  await closeGracefully(server, never);
  assert.equal(await ended, '');
});

test('closing ends a connection whose response had begun as soon as that is whole', async (t) => {
  const { server, url, arrived } = await startHeld(t);
  const socket = await openSocket(url);
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  const response = await arrived;
  response.write('begun');
  await once(socket, 'data');
  const closed = closeGracefully(server, never);
  const rest = untilClosed(socket);
  response.end('ended');
  assert.match(await rest, /ended/);
  await closed;
});

test('closing answers every pipelined request, and only the last says that the connection ends', async (t) => {
  const responses: ServerResponse[] = [];
  const second = Promise.withResolvers<void>();
  const { server, url } = await start(t, (_, response) => {
    if (responses.push(response) === 2) second.resolve();
  });
  const socket = await openSocket(url);
  const received = untilClosed(socket);
  socket.write('GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n');
  await second.promise;
  const closed = closeGracefully(server, never);
  responses[0]!.end('one');
  responses[1]!.end('two');
  await closed;
  assert.match(await received, /keep-alive[\s\S]*one[\s\S]*connection: close[\s\S]*two/i);
});

test('what is in flight when the deadline aborts is cut', async (t) => {
  const { server, url, arrived } = await startHeld(t);
  const answer = send(url);
  await arrived;
  const deadline = new AbortController();
  const closed = closeGracefully(server, deadline.signal);
  deadline.abort();
  await assert.rejects(answer, { code: 'ECONNRESET' });
  await closed;
});

test('a connection that cannot be accepted is told of, and the others are served', async (t) => {
  const failed: string[] = [];
  const server = createListener({
    clock,
    handler: (_, response) => response.end('served'),
    onAcceptError: ({ message }) => failed.push(message),
  });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 });
  t.after(() => closeGracefully(server, AbortSignal.abort()));
  // As node:net tells it, where even the descriptor that libuv keeps for that is taken.
  server.emit('error', new Error('accept EMFILE'));
  assert.equal(await (await fetch(url)).text(), 'served');
  assert.deepEqual(failed, ['accept EMFILE']);
});

test('a server that never listened closes at once', async () => {
  await closeGracefully(createListener({ clock, handler: () => {} }), never);
});

test('closing counts a request that waits for 100-continue as in flight', async (t) => {
  const waiting = Promise.withResolvers<ServerResponse>();
  const { server, url } = await start(t, () => assert.fail('not for this handler'), {
    handleContinue: (_, response) => waiting.resolve(response),
  });
  const request = http.request(url, { method: 'PUT', agent: false, headers: { expect: '100-continue' } });
  request.flushHeaders();
  const response = await waiting.promise;
  const closed = closeGracefully(server, never);
  response.writeContinue();
  await once(request, 'continue');
  request.end('body');
  response.end(await textOf(response.req));
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  assert.equal(await textOf(answer), 'body');
  await closed;
});

test('a client that does not finish its headers is answered 408 and cut', async (t) => {
  const { url } = await start(t, () => assert.fail('no request'), {
    limits: { headersTimeoutMs: 40, requestTimeoutMs: 40 },
  });
  const socket = await openSocket(url);
  socket.write('GET / HTTP/1.1\r\nhost: a\r\nx-slow: ');
  assert.match(await untilClosed(socket), /^HTTP\/1.1 408 /);
});

test('a client that stalls in its body is cut by the idle timeout, without a bound on the request', async (t) => {
  const { url } = await start(t, (request) => request.resume(), {
    limits: { requestTimeoutMs: 0, idleTimeoutMs: 40 },
  });
  const socket = await openSocket(url);
  socket.write('PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345');
  assert.equal(await untilClosed(socket), '');
});

test('a client that waits for work longer than the idle timeout gets its answer', async (t) => {
  const { url } = await start(t, (_request, response) => void setTimeout(() => response.end('done'), 300), {
    limits: { idleTimeoutMs: 40 },
  });
  const response = await fetch(url);
  assert.equal(await response.text(), 'done');
});

test('headers over the bound are answered 431', async (t) => {
  const { url } = await start(t, () => assert.fail('no request'), { limits: { headerBytesMax: 1024 } });
  const socket = await openSocket(url);
  socket.write(`GET / HTTP/1.1\r\nhost: a\r\nx-long: ${'x'.repeat(2000)}\r\n\r\n`);
  assert.match(await untilClosed(socket), /^HTTP\/1.1 431 /);
});

test('only addresses of this machine itself are loopback', () => {
  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
    assert.equal(isLoopbackHost(host), true, host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example', '128.0.0.1']) {
    assert.equal(isLoopbackHost(host), false, host);
  }
});
