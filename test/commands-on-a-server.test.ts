// Commands against a running server, over HTTP: every method of the management API, with credentials from the data folder.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { endpointOf, runCairn, startCairn } from './cairn-process.ts';

test('a user comes and goes, with a key that works at once and not after', async (t) => {
  const { cairn, server } = await startedServer(t);
  await cairn('identity user create anna');
  const key = JSON.parse(await cairn('identity key create anna --json'));
  await cairn('identity policy attach anna AdministratorAccess');
  const anna = { CAIRN_ACCESS_KEY: key.accessKeyId, CAIRN_SECRET_KEY: key.secretKey };
  const whoami = ['identity', 'whoami', '--server', server];
  assert.match((await runCairn(whoami, anna)).output, /user\/anna/);
  await cairn(`identity key disable anna ${key.accessKeyId}`);
  assert.equal((await runCairn(whoami, anna)).code, 9);
  await cairn('identity user delete anna --force');
  assert.equal(await cairn('identity user list'), '');
});

test('the stores of a running server are checked and counted', async (t) => {
  const { cairn } = await startedServer(t);
  assert.equal(await cairn('identity check'), 'sound\n');
  assert.equal(await cairn('object-storage check'), 'sound\n');
  assert.equal(JSON.parse(await cairn('object-storage stats --json')).buckets, 0);
});

test('a command finds the server that holds its folder, whatever its port', async (t) => {
  const { data, server } = await startedServer(t);
  const { code, output } = await runCairn(['identity', 'whoami', '--data', data], {});
  assert.equal(code, 0);
  assert(output.includes('root'), output);
  assert.equal(await readFile(join(data, 'service-url'), 'utf8'), server);
});

test("root's secret is not sent to a server that does not hold the folder", async (t) => {
  const first = await startedServer(t);
  const other = await temporaryDirectory(t);
  const authorizations: unknown[] = [];
  const stranger = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    response.end('{}');
  });
  await once(stranger.listen(0, '127.0.0.1'), 'listening');
  t.after(() => stranger.close());
  // A folder that nobody holds, with what a killed server left: the command opens it itself.
  await cp(first.data, other, { recursive: true });
  await writeFile(join(other, 'service-url'), `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`);
  const { code } = await runCairn(['identity', 'whoami', '--data', other], {});
  assert.equal(code, 0);
  assert.deepEqual(authorizations, []);
});

test('what is shown once is shown also when the start fails', async (t) => {
  const data = await temporaryDirectory(t);
  const taken = createServer();
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const up = [
    'up',
    '--data',
    data,
    ...['--set', `object-storage.s3.port=${port}`],
    ...['--set', 'service.port=0'],
    ...['--set', 'message-queue.kafka.port=0', '--set', 'message-queue.sqs.port=0'],
  ];
  const { code, output } = await runCairn(up, {});
  assert.equal(code, 4);
  assert.match(output, /CAIRN_ROOT_SECRET_KEY=/);
  assert.match(output, /identity\/root-credentials/);
});

/** Commands take root's credentials from the folder, as on an operator's machine. */
async function startedServer(t: TestContext) {
  const data = await temporaryDirectory(t);
  const server = endpointOf(await startCairn(t, { data, environment: {} }), 'service http');
  const cairn = async (line: string): Promise<string> => {
    const { code, output, errors } = await runCairn(
      [...line.split(' '), '--server', server, '--data', data],
      {},
    );
    assert.equal(code, 0, `cairn ${line}\n${errors}`);
    return output;
  };
  return { cairn, data, server };
}
