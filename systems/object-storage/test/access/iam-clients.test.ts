// IAM and STS on the S3 port, by boto3 and the aws command line, of every version that is installed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
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
      clientProgram(program, { leading, environment: environmentOf(credentials, token) });
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
