// Commands against a running server, over HTTP: every method of the management API, with credentials from the data folder.

import assert from 'node:assert/strict';
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

test('a folder that a server holds is not opened beside it', async (t) => {
  const { data } = await startedServer(t);
  // The default server is not the one that holds the folder: whatever answers there, the folder stays closed.
  const { code, errors } = await runCairn(['identity', 'whoami', '--data', data], {});
  assert.notEqual(code, 0);
  assert.match(errors, /127\.0\.0\.1:7000/);
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
