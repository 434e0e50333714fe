// IAM and STS on the S3 port, by boto3 and the aws command line, of every version that is installed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { awsProgram } from '../clients/aws-program.ts';
import { awsEnvironment, clientProgram, everyProgram, firstProgram } from '../clients/client-program.ts';
import { account, type Credentials, startS3WithUsers } from './s3-with-users.ts';

const pythons = everyProgram('python3').filter(
  (python) => spawnSync(python, ['-c', 'import boto3']).status === 0,
);
const withoutBoto = pythons.length === 0 && 'python3-boto3 is not installed';
const programs = firstProgram('aws');
const withoutAws = programs.length === 0 && 'aws is not installed';

function environmentOf({ accessKeyId, secretAccessKey }: Credentials, token?: string) {
  return {
    ...awsEnvironment(),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(token !== undefined && { AWS_SESSION_TOKEN: token }),
  };
}

for (const python of pythons.length === 0 ? ['python3'] : pythons)
  test(`boto3 of ${python} manages users, keys, policies and roles`, { skip: withoutBoto }, async (t) => {
    const { url, rootCredentials } = await startS3WithUsers(t);
    const program = clientProgram(python, { environment: environmentOf(rootCredentials) });
    const printed = await program.run(join(import.meta.dirname, 'boto3-iam.py'), url);
    assert.equal(printed.trim(), 'done');
  });

for (const program of programs.length === 0 ? ['aws'] : programs)
  test(`${program} makes a user and a role, takes the role on and uses it`, {
    skip: withoutAws,
  }, async (t) => {
    const { url, rootCredentials } = await startS3WithUsers(t);
    const leading = ['--endpoint-url', url, '--output', 'json'];
    const aws = (credentials: Credentials, token?: string) =>
      awsProgram(program, { leading, environment: environmentOf(credentials, token) });
    const asRoot = aws(rootCredentials);
    const document = (statement: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } });

    await asRoot.run('iam', 'create-user', '--user-name', 'anna');
    const created = JSON.parse(await asRoot.run('iam', 'create-access-key', '--user-name', 'anna'));
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = created.AccessKey;
    const anna = aws({ accessKeyId, secretAccessKey });
    const arn = `arn:aws:iam::${account}:user/anna`;
    assert.equal(JSON.parse(await anna.run('sts', 'get-caller-identity')).Arn, arn);

    const trust = document({ Action: 'sts:AssumeRole', Principal: { AWS: arn } });
    const role = ['--role-name', 'ops'];
    await asRoot.run('iam', 'create-role', ...role, '--assume-role-policy-document', trust);
    const policy = document({ Action: 's3:*', Resource: '*' });
    const inline = ['--policy-name', 'own', '--policy-document', policy];
    await asRoot.run('iam', 'put-role-policy', ...role, ...inline);
    const shown = JSON.parse(await asRoot.run('iam', 'get-role-policy', ...role, '--policy-name', 'own'));
    assert.deepEqual(shown.PolicyDocument, JSON.parse(policy));

    const assumed = ['--role-arn', `arn:aws:iam::${account}:role/ops`, '--role-session-name', 'night'];
    const { Credentials: taken } = JSON.parse(await anna.run('sts', 'assume-role', ...assumed));
    const session = { accessKeyId: taken.AccessKeyId, secretAccessKey: taken.SecretAccessKey };
    const asRole = aws(session, taken.SessionToken);
    await asRole.run('s3', 'mb', 's3://of-the-role');
    assert.match(await asRole.run('s3', 'ls'), /of-the-role/);
    await assert.rejects(asRole.run('iam', 'list-users'), /AccessDenied/);
    await assert.rejects(anna.run('iam', 'delete-user', '--user-name', 'anna'), /AccessDenied/);
    await assert.rejects(
      asRoot.run('iam', 'delete-user', '--user-name', 'anna'),
      /DeleteConflict.*must delete access keys first/,
    );
  });

for (const program of programs.length === 0 ? ['aws'] : programs)
  test(`${program} changes a managed policy by versions, whose default holds at once`, {
    skip: withoutAws,
  }, async (t) => {
    const { url, rootCredentials } = await startS3WithUsers(t);
    const leading = ['--endpoint-url', url, '--output', 'json'];
    const aws = (credentials: Credentials, token?: string) =>
      awsProgram(program, { leading, environment: environmentOf(credentials, token) });
    const asRoot = aws(rootCredentials);
    const ask = async (...command: string[]) => JSON.parse(await asRoot.run('iam', ...command));
    const document = (Effect: 'Allow' | 'Deny', Action: string) =>
      JSON.stringify({ Version: '2012-10-17', Statement: { Effect, Action, Resource: '*' } });

    await asRoot.run('iam', 'create-user', '--user-name', 'anna');
    const { AccessKey } = await ask('create-access-key', '--user-name', 'anna');
    const anna = aws({ accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey });
    const [allowed, denied] = [document('Allow', 's3:*'), document('Deny', 's3:CreateBucket')];

    const named = ['--policy-name', 'maker', '--description', 'Makes buckets – & more'];
    const { Policy } = await ask('create-policy', ...named, '--policy-document', allowed);
    assert.deepEqual([Policy.DefaultVersionId, Policy.Description], ['v1', 'Makes buckets – & more']);
    const policy = ['--policy-arn', Policy.Arn];
    const tagged = ['--policy-document', allowed, '--tags', 'Key=team,Value=a'];
    await assert.rejects(
      asRoot.run('iam', 'create-policy', '--policy-name', 'tagged', ...tagged),
      /ValidationError.*Tags\.member\.1\.Key is not supported/,
    );
    await asRoot.run('iam', 'attach-user-policy', '--user-name', 'anna', ...policy);
    await anna.run('s3', 'mb', 's3://under-v1');

    const makeVersion = async (...more: string[]) =>
      (await ask('create-policy-version', ...policy, ...more)).PolicyVersion;
    const second = await makeVersion('--policy-document', denied, '--set-as-default');
    assert.deepEqual([second.VersionId, second.IsDefaultVersion], ['v2', true]);
    await assert.rejects(anna.run('s3', 'mb', 's3://under-v2'), /AccessDenied/);
    // What another policy allows does not help against the Deny of the new default.
    const own = ['--user-name', 'anna', '--policy-name', 'own'];
    await asRoot.run('iam', 'put-user-policy', ...own, '--policy-document', allowed);
    await assert.rejects(anna.run('s3', 'mb', 's3://under-v2'), /AccessDenied/);
    const shown = (await ask('get-policy', ...policy)).Policy;
    assert.deepEqual([shown.DefaultVersionId, shown.Description], ['v2', 'Makes buckets – & more']);
    assert.ok(shown.UpdateDate >= shown.CreateDate);

    assert.equal((await makeVersion('--policy-document', allowed)).IsDefaultVersion, false);
    await assert.rejects(anna.run('s3', 'mb', 's3://under-v2'), /AccessDenied/);
    const list = async () =>
      ((await ask('list-policy-versions', ...policy)).Versions as Record<string, unknown>[]).map(
        ({ VersionId, IsDefaultVersion }) => `${VersionId} ${IsDefaultVersion}`,
      );
    assert.deepEqual(await list(), ['v3 false', 'v2 true', 'v1 false']);
    for (const [id, given] of Object.entries({ v1: allowed, v2: denied, v3: allowed })) {
      const { PolicyVersion } = await ask('get-policy-version', ...policy, '--version-id', id);
      assert.deepEqual(PolicyVersion.Document, JSON.parse(given));
    }
    await asRoot.run('iam', 'set-default-policy-version', ...policy, '--version-id', 'v3');
    await anna.run('s3', 'mb', 's3://under-v3');

    await assert.rejects(
      asRoot.run('iam', 'delete-policy-version', ...policy, '--version-id', 'v3'),
      /DeleteConflict.*default version/,
    );
    await asRoot.run('iam', 'delete-policy-version', ...policy, '--version-id', 'v1');
    assert.deepEqual(await list(), ['v3 true', 'v2 false']);

    await asRoot.run('iam', 'detach-user-policy', '--user-name', 'anna', ...policy);
    await assert.rejects(asRoot.run('iam', 'delete-policy', ...policy), /DeleteConflict.*more than one/);
    await asRoot.run('iam', 'delete-policy-version', ...policy, '--version-id', 'v2');
    await asRoot.run('iam', 'delete-policy', ...policy);
    await assert.rejects(asRoot.run('iam', 'get-policy', ...policy), /NoSuchEntity/);
  });

for (const program of programs.length === 0 ? ['aws'] : programs)
  test(`${program} switches a key off and on, and a session of it with it`, {
    skip: withoutAws,
  }, async (t) => {
    const { url, rootCredentials, user } = await startS3WithUsers(t);
    const leading = ['--endpoint-url', url, '--output', 'json'];
    const aws = (credentials: Credentials, token?: string) =>
      awsProgram(program, { leading, environment: environmentOf(credentials, token) });
    const asRoot = aws(rootCredentials);
    const key = await user('anna', 'AmazonS3FullAccess');
    const anna = aws(key);
    const duration = ['--duration-seconds', '900'];
    const taken = JSON.parse(await anna.run('sts', 'get-session-token', ...duration)).Credentials;
    const session = { accessKeyId: taken.AccessKeyId, secretAccessKey: taken.SecretAccessKey };
    const inSession = aws(session, taken.SessionToken);
    await inSession.run('s3', 'mb', 's3://of-the-session');

    const named = ['--user-name', 'anna'];
    const status = async () => {
      const { AccessKeyMetadata } = JSON.parse(await asRoot.run('iam', 'list-access-keys', ...named));
      assert.deepEqual(
        AccessKeyMetadata.map(({ AccessKeyId }: { AccessKeyId: string }) => AccessKeyId),
        [key.accessKeyId],
      );
      return AccessKeyMetadata[0].Status;
    };
    const change = (to: string) =>
      asRoot.run('iam', 'update-access-key', ...named, '--access-key-id', key.accessKeyId, '--status', to);
    assert.equal(await status(), 'Active');
    await change('Inactive');
    assert.equal(await status(), 'Inactive');
    await assert.rejects(anna.run('s3', 'ls'), /InvalidAccessKeyId/);
    await assert.rejects(inSession.run('s3', 'ls'), /InvalidToken|InvalidAccessKeyId|ExpiredToken/);
    await change('Active');
    assert.match(await anna.run('s3', 'ls'), /of-the-session/);
  });
