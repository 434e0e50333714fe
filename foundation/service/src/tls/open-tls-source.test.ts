// The key pair of a process while its files change, and listeners that follow it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { unlink, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { type Log, silentLog } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { type Clock, realWorld } from '@cairn/world';
import { makeKeyPair, replaceFile, withoutOpenssl } from '../../test/certificates.ts';
import { FakeClock } from '../../test/fake-world.ts';
import { openSocket, send, untilClosed } from '../../test/http-client.ts';
import { tlsPollMs } from '../limits.ts';
import { createListener } from '../listener/create-listener.ts';
import { closeGracefully, listen } from '../listener/listen.ts';
import { UnusableStart } from '../unusable-start.ts';
import type { KeyPair, KeyPairFiles } from './key-pair.ts';
import { type OpenTlsSource, openTlsSource } from './open-tls-source.ts';

const listenerClock = realWorld().clock;

async function open(t: TestContext, files: KeyPairFiles, clock: Clock = new FakeClock()) {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (event) => warnings.push(event) };
  const source = await openTlsSource(files, { log, clock });
  t.after(() => source.close());
  return { source, warnings };
}

function nextChange(source: OpenTlsSource): Promise<KeyPair> {
  return new Promise((resolve) => {
    const stop = source.onChange((pair) => {
      stop();
      resolve(pair);
    });
  });
}

/** The certificate that a new connection is shown, by its common name. */
async function commonNameAt(port: number): Promise<string | undefined> {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

test('a listener with a key pair speaks TLS, and its URL says so', withoutOpenssl, async (t) => {
  const pair = await makeKeyPair(await temporaryDirectory(t), 'first');
  const { source } = await open(t, pair.files);
  const server = createListener({
    clock: listenerClock,
    tls: source,
    handler: (_, response) => response.end('secret'),
  });
  t.after(() => closeGracefully(server, AbortSignal.abort()));
  const { url, port } = await listen(server, { host: '127.0.0.1', port: 0 });
  assert.equal(url, `https://127.0.0.1:${port}`);
  assert.equal((await send(url, { ca: pair.certificate })).text, 'secret');
});

test('a connection that never shakes hands is cut at the deadline', withoutOpenssl, async (t) => {
  const pair = await makeKeyPair(await temporaryDirectory(t), 'first');
  const { source } = await open(t, pair.files);
  const server = createListener({ clock: listenerClock, tls: source, handler: () => {} });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 });
  const connected = once(server, 'connection');
  const silent = await openSocket(url);
  await connected;
  const deadline = new AbortController();
  const closed = closeGracefully(server, deadline.signal);
  deadline.abort();
  await Promise.all([closed, untilClosed(silent)]);
});

test('a replaced pair is shown to new connections while old ones go on', withoutOpenssl, async (t) => {
  const directory = await temporaryDirectory(t);
  const { files } = await makeKeyPair(directory, 'current');
  const next = await makeKeyPair(directory, 'next');
  const { source } = await open(t, files);
  const server = createListener({
    clock: listenerClock,
    tls: source,
    handler: (_, response) => response.end('still here'),
  });
  t.after(() => closeGracefully(server, AbortSignal.abort()));
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const old = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(old, 'secureConnect');
  assert.equal(await commonNameAt(port), 'current');

  await replaceFile(files.certificate, next.certificate);
  await replaceFile(files.key, next.key);
  await source.reload();
  assert.equal(await commonNameAt(port), 'next');
  old.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  const [chunk] = await once(old, 'data');
  assert.match(String(chunk), /still here/);
  old.destroy();
});

test('the watcher finds files that were replaced by rename', withoutOpenssl, async (t) => {
  const directory = await temporaryDirectory(t);
  const { files } = await makeKeyPair(directory, 'current');
  const next = await makeKeyPair(directory, 'next');
  const atOnce: Clock = Object.assign(new FakeClock(), {
    // Settles in the next turn; the poll never comes.
    setTimer: (delayMs: number, callback: () => void) => {
      const immediate = delayMs < tlsPollMs ? setImmediate(callback) : undefined;
      return { cancel: () => clearImmediate(immediate) };
    },
  });
  const { source } = await open(t, files, atOnce);
  const changed = nextChange(source);
  await replaceFile(files.key, next.key);
  await replaceFile(files.certificate, next.certificate);
  assert.deepEqual(await changed, { certificate: next.certificate, key: next.key });
});

test('the poll finds what the watcher does not tell', withoutOpenssl, async (t) => {
  const directory = await temporaryDirectory(t);
  const { files } = await makeKeyPair(directory, 'current');
  const next = await makeKeyPair(directory, 'next');
  const clock = new FakeClock();
  const { source } = await open(t, files, clock);
  const changed = nextChange(source);
  await replaceFile(files.key, next.key);
  await replaceFile(files.certificate, next.certificate);
  clock.advance(tlsPollMs);
  await changed;
  assert.equal(source.certificate, next.certificate);
});

test('a new pair that does not fit leaves the one in use, and says so', withoutOpenssl, async (t) => {
  const directory = await temporaryDirectory(t);
  const current = await makeKeyPair(directory, 'current');
  const next = await makeKeyPair(directory, 'next');
  const { source, warnings } = await open(t, current.files);
  source.onChange(() => assert.fail('nothing valid came'));
  const bad: readonly (() => Promise<void>)[] = [
    () => replaceFile(current.files.certificate, next.certificate),
    () => writeFile(current.files.certificate, 'not PEM at all'),
    () => unlink(current.files.certificate),
  ];
  for (const [index, makeBad] of bad.entries()) {
    await makeBad();
    await source.reload();
    assert.equal(warnings.length, index + 1);
  }
  assert.deepEqual([source.certificate, source.key], [current.certificate, current.key]);
});

test('files that hold the same pair change nothing', withoutOpenssl, async (t) => {
  const { files, certificate } = await makeKeyPair(await temporaryDirectory(t), 'same');
  const { source } = await open(t, files);
  source.onChange(() => assert.fail('nothing changed'));
  await replaceFile(files.certificate, certificate);
  await source.reload();
});

test('a certificate that ends soon is warned about at the start', withoutOpenssl, async (t) => {
  const { files } = await makeKeyPair(await temporaryDirectory(t), 'short', 2);
  const clock = Object.assign(new FakeClock(), { nowMs: Date.now });
  assert.deepEqual((await open(t, files, clock)).warnings, ['tls certificate ends soon']);
});

test('after close nothing is followed any more', withoutOpenssl, async (t) => {
  const directory = await temporaryDirectory(t);
  const { files, certificate } = await makeKeyPair(directory, 'current');
  const next = await makeKeyPair(directory, 'next');
  const clock = new FakeClock();
  const { source } = await open(t, files, clock);
  source.close();
  await replaceFile(files.key, next.key);
  await replaceFile(files.certificate, next.certificate);
  await source.reload();
  assert.equal(source.certificate, certificate);
  assert.equal(clock.pendingTimers, 0);
});

test('a pair that cannot be used fails the start and names the file', withoutOpenssl, async (t) => {
  const directory = await temporaryDirectory(t);
  const first = await makeKeyPair(directory, 'first');
  const second = await makeKeyPair(directory, 'second');
  const failures: readonly [KeyPairFiles, RegExp][] = [
    [{ ...first.files, certificate: `${directory}/none.pem` }, /could not read tls.certificate .*none.pem/],
    [{ ...first.files, key: `${directory}/none.key` }, /could not read tls.key .*none.key/],
    [
      { ...first.files, key: second.files.key },
      /could not use certificate .*first.pem with key .*second.key/,
    ],
  ];
  for (const [files, message] of failures) {
    await assert.rejects(open(t, files), (error) => {
      assert(error instanceof UnusableStart && error.exitCode === 7);
      assert.match(error.message, message);
      return true;
    });
  }
});
