// The blueprint's contract: no turn of the loop that serves sockets uses more than 10 ms of CPU, garbage collection apart.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadHttp, type PreparedRequest, startServer } from '@cairn/bench';
import { type TurnReport, temporaryDirectory, turnMeterUrl } from '@cairn/testing';
import { signedRequest } from '../bench/signed-request.ts';

const turnMsMax = 10;
const credentials = {
  accessKeyId: 'CAIRNLOOPKEY00000000',
  secret: 'a-secret-only-for-this-test-0123456789abcd',
};
const cairn = fileURLToPath(new URL('../../../apps/cairn/bin/cairn.js', import.meta.url));

test('no turn of the event loop holds it for long under a mixed load', async (t) => {
  const directory = await temporaryDirectory(t);
  const reportFile = `${directory}/turns.json`;
  const server = await startServer({
    command: process.execPath,
    args: [
      ...['--import', turnMeterUrl, cairn, 'up', '--only', 'object-storage', '--data', `${directory}/data`],
      ...['--set', 'object-storage.s3.port=0', '--set', 'service.port=0'],
    ],
    environment: {
      TURN_METER_FILE: reportFile,
      CAIRN_ROOT_ACCESS_KEY: credentials.accessKeyId,
      CAIRN_ROOT_SECRET_KEY: credentials.secret,
    },
    ready: /^object-storage s3 http:\/\/127\.0\.0\.1:(\d+)/,
  });
  t.after(() => server.stop());
  const port = Number(server.readyMatch[1]);
  const host = `127.0.0.1:${port}`;
  const load = (count: number, request: (index: number) => PreparedRequest) =>
    loadHttp({ host: '127.0.0.1', port, connections: 32, request, until: { requests: count } });
  const signed = (method: string, target: string, body?: Uint8Array) =>
    signedRequest({ method, host, target, credentials, ...(body === undefined ? {} : { body }) });

  await load(1, () => signed('PUT', '/bucket'));
  const small = Buffer.alloc(4_096, 'x');
  const large = Buffer.alloc(1024 * 1024, 'x');
  // What is compiled at the first requests is not what the contract is about.
  await load(200, (index) => signed('PUT', `/bucket/warm-${index}`, small));
  process.kill(server.pid, 'SIGUSR2');
  await load(2_000, (index) => signed('PUT', `/bucket/small-${index}`, small));
  await load(100, (index) => signed('PUT', `/bucket/large-${index}`, large));
  await load(2_000, (index) => signed('GET', `/bucket/small-${index}`));
  await load(100, (index) => signed('GET', `/bucket/large-${index}`));
  await load(50, () => signed('GET', '/bucket?list-type=2'));
  await load(1, () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => `<Object><Key>small-${index}</Key></Object>`);
    const body = Buffer.from(`<Delete>${keys.join('')}</Delete>`);
    const headers = { 'content-md5': hash('md5', body, 'base64') };
    return signedRequest({ method: 'POST', host, target: '/bucket?delete=', credentials, body, headers });
  });
  await server.stop();
  const { turns, longestMs }: TurnReport = JSON.parse(await readFile(reportFile, 'utf8'));
  t.diagnostic(`${turns} turns, the longest took ${longestMs.join(', ')} ms of CPU`);
  assert(turns > 1_000, 'the meter ran');
  assert((longestMs[0] ?? 0) <= turnMsMax, `a turn took ${longestMs[0]} ms of CPU`);
});
