// Web identity on the S3 port: the clients of Amazon with a token of an OpenID Connect provider, and requests by hand.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { audience, RawClient, startOpenIdIssuer, temporaryDirectory } from '@cairn/testing';
import { awsProgram } from '../clients/aws-program.ts';
import { awsEnvironment, clientProgram, everyProgram, firstProgram } from '../clients/client-program.ts';
import { account, startS3WithUsers } from './s3-with-users.ts';

const pythons = everyProgram('python3').filter(
  (python) => spawnSync(python, ['-c', 'import boto3']).status === 0,
);
const programs = firstProgram('aws');

/** A provider, and a role that trusts it; `environment` is what clients are given in place of keys. */
async function setUp(t: TestContext) {
  const s3 = await startS3WithUsers(t);
  const issuer = await startOpenIdIssuer(t, { path: '/realms/demo' });
  const provider = await s3.identity.createOpenIdProvider({ url: issuer.url, clientIds: [audience] });
  const trust = {
    ...{ Effect: 'Allow', Principal: { Federated: provider.arn }, Action: 'sts:AssumeRoleWithWebIdentity' },
    Condition: { StringEquals: { [`${provider.name}:sub`]: 'anna' } },
  };
  const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: trust });
  await s3.identity.createRole({ name: 'maker', trustPolicy });
  await s3.identity.attachRolePolicy({ role: 'maker', policy: 'AmazonS3FullAccess' });
  const roleArn = `arn:aws:iam::${account}:role/maker`;
  const tokenFile = join(await temporaryDirectory(t), 'token');
  await writeFile(tokenFile, issuer.token());
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...environment } = awsEnvironment();
  return {
    ...{ ...s3, issuer, provider, roleArn },
    environment: {
      ...environment,
      AWS_ROLE_ARN: roleArn,
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ENDPOINT_URL_STS: s3.url,
    },
  };
}

for (const python of pythons.length === 0 ? ['python3'] : pythons)
  test(`boto3 of ${python} takes on a role by a token`, {
    skip: pythons.length === 0 && 'python3-boto3 is not installed',
  }, async (t) => {
    const { url, environment } = await setUp(t);
    const program = clientProgram(python, { environment });
    assert.equal((await program.run(join(import.meta.dirname, 'boto3-web-identity.py'), url)).trim(), 'done');
  });

for (const program of programs.length === 0 ? ['aws'] : programs)
  test(`${program} registers a provider and takes on a role by its token`, {
    skip: programs.length === 0 && 'aws is not installed',
  }, async (t) => {
    const { url, rootCredentials, issuer, roleArn, environment } = await setUp(t);
    const { accessKeyId, secretAccessKey } = rootCredentials;
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const leading = ['--endpoint-url', url, '--output', 'json'];
    const aws = awsProgram(program, { leading, environment: { ...awsEnvironment(), ...keys } });
    const run = async (...command: string[]) => JSON.parse((await aws.run(...command)) || 'null');
    const made = await run(
      'iam',
      'create-open-id-connect-provider',
      '--url',
      'https://login.example.com',
      '--client-id-list',
      'web',
      'cli',
    );
    const named = ['--open-id-connect-provider-arn', made.OpenIDConnectProviderArn];
    await run('iam', 'add-client-id-to-open-id-connect-provider', ...named, '--client-id', 'phone');
    await run('iam', 'remove-client-id-from-open-id-connect-provider', ...named, '--client-id', 'web');
    const thumbprint = 'a031c46782e6e6c662c2c87c76da9aa62ccabd8e';
    await run('iam', 'update-open-id-connect-provider-thumbprint', ...named, '--thumbprint-list', thumbprint);
    const { Url, ClientIDList, ThumbprintList } = await run('iam', 'get-open-id-connect-provider', ...named);
    assert.deepEqual(
      [Url, ClientIDList, ThumbprintList],
      ['login.example.com', ['cli', 'phone'], [thumbprint]],
    );
    const list = async () => (await run('iam', 'list-open-id-connect-providers')).OpenIDConnectProviderList;
    assert.equal((await list()).length, 2);
    await run('iam', 'delete-open-id-connect-provider', ...named);
    assert.equal((await list()).length, 1);

    const asked = [
      '--role-arn',
      roleArn,
      '--role-session-name',
      'cli',
      '--web-identity-token',
      issuer.token(),
    ];
    const without = awsProgram(program, { leading, environment });
    const taken = JSON.parse(await without.run('sts', 'assume-role-with-web-identity', ...asked));
    assert.equal(taken.AssumedRoleUser.Arn, `arn:aws:sts::${account}:assumed-role/maker/cli`);
    const wrong = asked.with(-1, issuer.token({ sub: 'berta' }));
    await assert.rejects(
      without.run('sts', 'assume-role-with-web-identity', ...wrong),
      /AccessDenied.*Not authorized/,
    );
    const credentials = {
      AWS_ACCESS_KEY_ID: taken.Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: taken.Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: taken.Credentials.SessionToken,
    };
    const role = awsProgram(program, { leading, environment: { ...awsEnvironment(), ...credentials } });
    await role.run('s3', 'mb', 's3://of-the-role');
    await assert.rejects(role.run('iam', 'list-users'), /AccessDenied/);
  });

test('Amazon’s JavaScript client finds role and token in its environment', async (t) => {
  const { url, environment, root } = await setUp(t);
  await root.send(new CreateBucketCommand({ Bucket: 'photos' }));
  const program = clientProgram(process.execPath, { environment });
  assert.equal(
    (await program.run(join(import.meta.dirname, 'aws-sdk-web-identity.ts'), url)).trim(),
    'photos',
  );
});

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const codeOf = async (response: Response) => {
  const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1];
  return `${response.status} ${code ?? 'done'}`;
};

test('a request without a signature is for a web identity, by POST or GET, or is refused', async (t) => {
  const { url, issuer, roleArn } = await setUp(t);
  const asked = {
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'work',
    WebIdentityToken: issuer.token(),
  };
  const post = async (parameters: Record<string, string>) =>
    codeOf(await fetch(url, { method: 'POST', headers: form, body: new URLSearchParams(parameters) }));
  const get = async (parameters: Record<string, string>) =>
    codeOf(await fetch(`${url}/?${new URLSearchParams(parameters)}`));
  const Action = 'AssumeRoleWithWebIdentity';
  for (const ask of [post, get]) {
    assert.equal(await ask({ ...asked, Action }), '200 done');
    assert.equal(await ask({ ...asked, Action, WebIdentityToken: 'abcd' }), '400 InvalidIdentityToken');
    assert.equal(await ask({ ...asked, Action, Version: '2010-05-08' }), '400 InvalidAction');
    for (const other of [
      'AssumeRole',
      'GetSessionToken',
      'GetCallerIdentity',
      'ListUsers',
      'assumerolewithwebidentity',
    ])
      assert.equal(await ask({ ...asked, Action: other }), '403 MissingAuthenticationToken', other);
    const iam = { Action: 'CreateUser', Version: '2010-05-08', UserName: 'evil' };
    assert.equal(await ask(iam), '403 MissingAuthenticationToken');
  }
  assert.equal(await post({}), '403 MissingAuthenticationToken');
  assert.equal(await post({ ...asked, Action, more: 'x'.repeat(64 * 1024) }), '413 RequestEntityTooLarge');
  const wrong = { ...form, authorization: 'AWS4-HMAC-SHA256 nonsense' };
  const body = new URLSearchParams({ ...asked, Action });
  assert.equal(
    await codeOf(await fetch(url, { method: 'POST', headers: wrong, body })),
    '400 IncompleteSignature',
  );
});

test('a stranger is not asked for a body that is too long', async (t) => {
  const { url } = await setUp(t);
  const raw = await RawClient.connect(Number(new URL(url).port));
  const lines = [
    'content-type: application/x-www-form-urlencoded',
    'content-length: 65537',
    'expect: 100-continue',
  ];
  raw.send(`POST / HTTP/1.1\r\nhost: localhost\r\n${lines.join('\r\n')}\r\n\r\n`);
  assert.equal((await raw.response()).status, 413);
  raw.socket.destroy();
});
