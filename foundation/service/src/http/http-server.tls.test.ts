// The same server behind TLS, with Node's own client.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import { connect as netConnect } from 'node:net';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { temporaryDirectory } from '@cairn/testing';
import { type KeyPair, makeKeyPair, withoutOpenssl } from '../../test/certificates.ts';
import { answer, readAll, startHttpServer } from '../../test/start-http-server.ts';
import type { TlsSource } from '../system-definition.ts';
import { OutputLost } from './socket-output.ts';

/** A source whose pair the test changes. */
function sourceOf(pair: KeyPair) {
  let reload: Parameters<TlsSource['onChange']>[0] | undefined;
  const source: TlsSource = {
    ...pair,
    onChange(callback) {
      reload = callback;
      return () => {
        reload = undefined;
      };
    },
  };
  return { source, change: (next: KeyPair) => reload?.(next), followed: () => reload !== undefined };
}

async function send(url: string, options: https.RequestOptions, body: Buffer) {
  const request = https.request(url, options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
  return { status: response.statusCode, body: Buffer.concat(pieces) };
}

async function commonNameAt(t: TestContext, port: number): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  return String(socket.getPeerCertificate().subject.CN);
}

test('bodies and answers of any size pass TLS unchanged, on one connection', withoutOpenssl, async (t) => {
  const pair = await makeKeyPair(await temporaryDirectory(t), 'first');
  const { url } = await startHttpServer(
    t,
    async (exchange) => {
      assert(exchange.secure);
      assert.equal(exchange.tlsVersion, '1.3');
      const body = await readAll(exchange);
      exchange.begin(200, body.length);
      for (let at = 0; at < body.length; at += 50_000) await exchange.write(body.subarray(at, at + 50_000));
      exchange.end();
    },
    { tls: sourceOf(pair).source },
  );
  assert.match(url, /^https:/);
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: pair.certificate });
  t.after(() => agent.destroy());
  for (const length of [0, 1, 1_000, 70_000, 3_000_000]) {
    const body = Buffer.alloc(length, 'abcdefg');
    const echoed = await send(url, { agent, method: 'PUT' }, body);
    assert.deepEqual([echoed.status, hash('sha256', echoed.body)], [200, hash('sha256', body)]);
  }
});

test('a changed key pair is shown to new connections', withoutOpenssl, async (t) => {
  const directory = await temporaryDirectory(t);
  const [first, second] = [await makeKeyPair(directory, 'first'), await makeKeyPair(directory, 'second')];
  const { source, change, followed } = sourceOf(first);
  const { port, server } = await startHttpServer(t, (exchange) => answer(exchange, 'x'), { tls: source });
  assert.equal(await commonNameAt(t, port), 'first');
  change(second);
  assert.equal(await commonNameAt(t, port), 'second');
  const closed = once(server.listener, 'close');
  await server.close(AbortSignal.abort());
  await closed;
  assert.equal(followed(), false, 'a server that is closed follows nothing');
});

test('what is written to a connection that has failed is not taken', withoutOpenssl, async (t) => {
  const pair = await makeKeyPair(await temporaryDirectory(t), 'first');
  const accepted = Promise.withResolvers<tls.TLSSocket>();
  const outcome = Promise.withResolvers<unknown>();
  const { port, server } = await startHttpServer(
    t,
    async (exchange) => {
      const socket = await accepted.promise;
      exchange.begin(200, 20);
      await exchange.write(Buffer.alloc(10));
      socket.destroy();
      outcome.resolve(exchange.gone ? await exchange.write(Buffer.alloc(10))?.catch(String) : 'not gone');
      exchange.cut();
    },
    { tls: sourceOf(pair).source },
  );
  server.listener.on('secureConnection', accepted.resolve);
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  client.on('error', () => {});
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.equal(await outcome.promise, String(new OutputLost()));
  client.destroy();
});

test('a client that never shakes hands is cut at the deadline of closing', withoutOpenssl, async (t) => {
  const pair = await makeKeyPair(await temporaryDirectory(t), 'first');
  const { port, server } = await startHttpServer(t, () => {}, { tls: sourceOf(pair).source });
  const accepted = once(server.listener, 'connection');
  const silent = netConnect({ port, host: '127.0.0.1' });
  await accepted;
  const cut = once(silent.resume(), 'close');
  await server.close(AbortSignal.abort());
  await cut;
});
