// TLS and plain on one port.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import tls from 'node:tls';
import { cleanUpAfter, findProgram, type TestContext, temporaryDirectory } from '@cairn/testing';
import { testBatch } from './batches.ts';
import { apiVersions, metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { FrameSource, requestFrame, TestClient } from './test-client.ts';

const openssl = findProgram('openssl');
const skip = openssl === undefined ? 'openssl is not installed' : false;

async function keyPair(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const [certificate, key] = [`${directory}/certificate.pem`, `${directory}/key.pem`];
  const made = spawnSync(openssl!, [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-days', '9', '-subj', '/CN=kafka'],
    ...['-out', certificate, '-keyout', key],
  ]);
  assert.equal(made.status, 0, String(made.stderr));
  const pair = { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  let followers = 0;
  const onChange = () => {
    followers++;
    return () => followers--;
  };
  return { source: { ...pair, onChange }, followers: () => followers };
}

test('one port serves TLS and plain clients', { skip }, async (t) => {
  const { source, followers } = await keyPair(t);
  const { port, server } = await startKafka(t, { tls: source });
  const secure = tls.connect({ port, host: '127.0.0.1', ca: source.certificate });
  cleanUpAfter(t, async () => void secure.destroy());
  await once(secure, 'secureConnect');
  const frames = new FrameSource(secure);
  secure.write(requestFrame('metadata', { ...metadata(['safe']), correlationId: 5 }));
  assert.equal((await frames.next())?.readInt32BE(0), 5);
  const large = produce('safe', { batch: testBatch({ payloadBytes: 900_000 }) });
  secure.write(requestFrame('produce', { ...large, correlationId: 6 }));
  assert.equal((await frames.next())?.readInt32BE(0), 6);
  const plain = await TestClient.connect(t, port);
  assert.equal((await plain.ask('apiVersions', apiVersions(3)))?.errorCode, 0);
  const answer = await plain.ask('produce', large);
  assert.equal(answer?.responses[0]?.partitionResponses[0]?.baseOffset, 1);
  await server.close(new AbortController().signal);
  assert.equal(followers(), 0);
});

test('a client that says nothing, or no TLS after its first byte, holds nobody up', { skip }, async (t) => {
  const { source } = await keyPair(t);
  const { port, server } = await startKafka(t, { tls: source });
  const silent = await TestClient.connect(t, port);
  const strange = await TestClient.connect(t, port);
  strange.socket.write(Buffer.from([22, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
  await once(strange.socket, 'close');
  await server.close(new AbortController().signal);
  assert.equal(await silent.nextFrame(), undefined);
});
