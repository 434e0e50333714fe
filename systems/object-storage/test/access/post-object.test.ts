// Uploads from forms: signed by boto3, encoded by urllib3 and by the browser's FormData, neither of them ours.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { awsEnvironment, clientProgram } from '../clients/client-program.ts';
import { anonymous, outcome } from './outcomes.ts';
import { type S3WithUsers, startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'uploads';
const python = '/usr/bin/python3';
const skip =
  spawnSync(python, ['-c', 'import boto3, urllib3']).status !== 0 && 'python3-boto3 is not installed';

type Form = {
  readonly key: string;
  readonly file: string;
  readonly name?: string;
  readonly version?: 's3v4' | 's3';
  readonly fields?: Readonly<Record<string, string>>;
  readonly conditions?: readonly unknown[];
  readonly expires?: number;
  /** Changed after it was signed; null leaves a field out. */
  readonly changed?: Readonly<Record<string, string | null>>;
};

type Sent = { readonly status: number; readonly location: string | null; readonly body: string };

async function bucketOfAnna(t: TestContext) {
  const s3 = await startS3WithUsers(t);
  const anna = await s3.user('anna');
  await anna.client.send(new CreateBucketCommand({ Bucket }));
  const environment = {
    ...awsEnvironment(),
    AWS_ACCESS_KEY_ID: anna.accessKeyId,
    AWS_SECRET_ACCESS_KEY: anna.secretAccessKey,
  };
  const program = clientProgram(python, { environment });
  const script = join(import.meta.dirname, 'boto3-forms.py');
  const send = async (...forms: Form[]): Promise<Sent[]> => {
    const printed = await program.run(script, s3.url, Bucket, JSON.stringify(forms));
    const answers = JSON.parse(printed) as [number, string | null, string][];
    return answers.map(([status, location, body]) => ({ status, location, body }));
  };
  return { ...s3, anna: anna.client, send };
}

function codeOf({ status, body }: Sent): string {
  return `${status} ${/<Code>(\w+)<\/Code>/.exec(body)?.[1]}`;
}

for (const version of ['s3v4', 's3'] as const) {
  test(`a form that is signed by ${version} stores its file, and says so as it is asked to`, {
    skip,
  }, async (t) => {
    const { anna, url, send } = await bucketOfAnna(t);
    const [plain] = await send({ version, key: 'in/a ü.txt', file: 'hello' });
    assert(plain);
    assert.deepEqual([plain.status, plain.body], [204, '']);
    assert.equal(plain.location, `${url}/${Bucket}/in/a%20%C3%BC.txt`);
    const stored = await anna.send(new GetObjectCommand({ Bucket, Key: 'in/a ü.txt' }));
    assert.equal(await stored.Body!.transformToString(), 'hello');
    const fields = {
      'Content-Type': 'text/markdown',
      'x-amz-meta-colour': 'grün',
      acl: 'public-read',
      success_action_status: '201',
    };
    const conditions = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
    const [full] = await send({
      version,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how forms write it.
      key: 'in/${filename}',
      name: 'C:\\pictures\\b "1".md',
      file: '# b',
      fields,
      conditions: [...conditions, ['content-length-range', 1, 3]],
    });
    assert.equal(full?.status, 201);
    assert.match(
      full.body,
      /<Bucket>uploads<\/Bucket><Key>in\/b &quot;1&quot;.md<\/Key><ETag>&quot;\w{32}&quot;</,
    );
    const name = { Bucket, Key: 'in/b "1".md' };
    const head = await anna.send(new HeadObjectCommand(name));
    // This client takes the bytes of a header for Latin-1.
    const colour = Buffer.from(head.Metadata?.colour ?? '', 'latin1').toString();
    assert.deepEqual([head.ContentType, colour], ['text/markdown', 'grün']);
    assert.equal(await anonymous(`${url}/${Bucket}/in/b%20%221%22.md`), '200');
  });
}

test('a form redirects to where it says, with what was stored', { skip }, async (t) => {
  const { send } = await bucketOfAnna(t);
  const to = (address: string): Form => {
    const fields = { success_action_redirect: address };
    return { key: 'a b', file: 'x', fields, conditions: [fields] };
  };
  const sent = await send(
    to('https://example.com/done?x=1'),
    to('https://example.com/done'),
    to('javascript:alert(1)'),
  );
  const etag = '%229dd4e461268c8034f5c8564e155c67a6%22';
  const query = `bucket=${Bucket}&key=a%20b&etag=${etag}`;
  assert.deepEqual(sent.map(({ status, location }) => [status, location]).slice(0, 2), [
    [303, `https://example.com/done?x=1&${query}`],
    [303, `https://example.com/done?${query}`],
  ]);
  assert.equal(sent[2]?.status, 204, 'that is no address to go to');
});

test('a form that does not keep to its policy stores nothing', { skip }, async (t) => {
  const { anna, send } = await bucketOfAnna(t);
  const key = 'a.txt';
  const x = { key, file: 'x' };
  const sized = (min: number, max: number) => ({ ...x, conditions: [['content-length-range', min, max]] });
  const cases: [string, Form][] = [
    ['403 AccessDenied', { ...x, changed: { key: 'b.txt' } }],
    ['403 AccessDenied', { ...x, changed: { 'Content-Type': 'text/html' } }],
    ['403 AccessDenied', { ...x, expires: -1 }],
    ['403 AccessDenied', { ...x, conditions: [['starts-with', '$x-amz-meta-a', 'b']] }],
    ['403 AccessDenied', { ...x, changed: { bucket: 'other' } }],
    ['400 EntityTooLarge', sized(0, 0)],
    ['400 EntityTooSmall', sized(2, 3)],
    ['400 InvalidPolicyDocument', sized(3, 2)],
    ['400 InvalidPolicyDocument', { ...x, conditions: [['content-length-range', 0]] }],
    ['400 InvalidPolicyDocument', { ...x, conditions: [{}] }],
    ['400 InvalidPolicyDocument', { ...x, conditions: [['ends-with', '$key', 't']] }],
    ['403 SignatureDoesNotMatch', { ...x, changed: { policy: 'e30=' } }],
    ['403 SignatureDoesNotMatch', { ...x, changed: { 'x-amz-signature': '0'.repeat(64) } }],
    ['403 InvalidAccessKeyId', { ...x, version: 's3', changed: { AWSAccessKeyId: 'nobody' } }],
    ['400 InvalidArgument', { ...x, changed: { 'x-amz-signature': null } }],
    ['400 InvalidArgument', { ...x, changed: { policy: null } }],
    ['400 InvalidArgument', { ...x, changed: { key: null } }],
    ['400 InvalidToken', { ...x, changed: { 'x-amz-security-token': 'x' } }],
    ['400 BadDigest', { ...x, changed: { 'x-amz-checksum-crc32': 'AAAAAA==' } }],
    ['400 MaxPostPreDataLengthExceededError', { ...x, changed: { 'x-ignore-this': 'x'.repeat(20_480) } }],
  ];
  const sent = await send(...cases.map(([, form]) => form));
  for (const [index, [code, form]] of cases.entries()) {
    assert.equal(codeOf(sent[index]!), code, JSON.stringify(form).slice(0, 200));
  }
  assert.equal(await outcome(anna.send(new GetObjectCommand({ Bucket, Key: key }))), 'NoSuchKey');
});

test('a form gives its object tags, and keeps to what tags may be', { skip }, async (t) => {
  const { anna, identity, send } = await bucketOfAnna(t);
  const tagging = (tags: string) => `<Tagging><TagSet>${tags}</TagSet></Tagging>`;
  const form = (tags: string): Form => {
    const fields = { tagging: tags };
    return { key: 'tagged', file: 'x', fields, conditions: [['starts-with', '$tagging', '']] };
  };
  const ok = form(tagging('<Tag><Key>grün</Key><Value>a+b</Value></Tag>'));
  const [stored, twice, notXml, undeclared] = await send(
    ok,
    form(tagging('<Tag><Key>a</Key><Value/></Tag>'.repeat(2))),
    form('a=1'),
    { ...ok, fields: {}, conditions: [], changed: ok.fields! },
  );
  assert.equal(stored?.status, 204);
  const { TagSet } = await anna.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }));
  assert.deepEqual(TagSet, [{ Key: 'grün', Value: 'a+b' }]);
  assert.deepEqual(
    [codeOf(twice!), codeOf(notXml!), codeOf(undeclared!)],
    ['400 InvalidTag', '400 MalformedXML', '403 AccessDenied'],
  );
  const Statement = { Effect: 'Deny', Action: 's3:PutObjectTagging', Resource: '*' };
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await identity.putUserPolicy({ user: 'anna', name: 'no-tags', document });
  const [refused] = await send(ok);
  assert.equal(codeOf(refused!), '403 AccessDenied');
});

test('whoever signed a form needs the right to write, and it is his that is asked for', {
  skip,
}, async (t) => {
  const { identity, send } = await bucketOfAnna(t);
  const Statement = { Effect: 'Deny', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/no/*` };
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await identity.putUserPolicy({ user: 'anna', name: 'not-there', document });
  const [refused, stored] = await send({ key: 'no/a', file: 'x' }, { key: 'yes/a', file: 'x' });
  assert.equal(codeOf(refused!), '403 AccessDenied');
  assert.equal(stored?.status, 204);
});

/** What a page sends for `<form enctype="multipart/form-data">`. */
function formOf(fields: Readonly<Record<string, string>>, file: Blob | undefined): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file !== undefined) form.append('file', file, 'a.bin');
  return form;
}

async function openBucket(t: TestContext): Promise<S3WithUsers> {
  const s3 = await startS3WithUsers(t);
  await s3.root.send(new CreateBucketCommand({ Bucket }));
  const Statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/drop/*`,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  return s3;
}

test('an anonymous form stores where a policy lets everyone write, and nowhere else', async (t) => {
  const { root, url } = await openBucket(t);
  const post = (key: string, bytes: Uint8Array<ArrayBuffer>) =>
    anonymous(`${url}/${Bucket}`, { method: 'POST', body: formOf({ key }, new Blob([bytes])) });
  const large = new Uint8Array(3 * 1024 * 1024).map((_, index) => index % 251);
  assert.equal(await post('drop/a', large), '204');
  const stored = await root.send(new GetObjectCommand({ Bucket, Key: 'drop/a' }));
  assert(Buffer.from(large).equals(await stored.Body!.transformToByteArray()));
  const { Owner } = await root.send(new GetObjectAclCommand({ Bucket, Key: 'drop/a' }));
  assert.equal(Owner?.DisplayName, 'root');
  assert.equal(await post('drop/empty', new Uint8Array(0)), '204');
  assert.equal(await post('elsewhere', new Uint8Array(1)), '403 AccessDenied');
});

test('what is no form, or one without a file, is refused', async (t) => {
  const { url } = await openBucket(t);
  const post = (body: string | FormData, type?: string) =>
    anonymous(`${url}/${Bucket}`, {
      method: 'POST',
      body,
      ...(type !== undefined && { headers: { 'content-type': type } }),
    });
  assert.equal(await post('key=drop/a', 'application/x-www-form-urlencoded'), '412 PreconditionFailed');
  assert.equal(await post('x', 'multipart/form-data'), '400 MalformedPOSTRequest');
  assert.equal(await post('x', 'multipart/form-data; boundary=b'), '400 MalformedPOSTRequest');
  const unended =
    '--b\r\ncontent-disposition: form-data; name="key"\r\n\r\ndrop/a\r\n--b\r\ncontent-disposition: form-data; name="file"\r\n\r\nx';
  assert.equal(await post(unended, 'multipart/form-data; boundary=b'), '400 MalformedPOSTRequest');
  assert.equal(await post(formOf({ key: 'drop/a' }, undefined)), '400 IncorrectNumberOfFilesInPostRequest');
  const nowhere = { method: 'POST', body: formOf({ key: 'a' }, new Blob(['x'])) };
  assert.equal(await anonymous(`${url}/nowhere`, nowhere), '404 NoSuchBucket');
  assert.equal(await anonymous(`${url}/${Bucket}/drop/a`), '403 AccessDenied', 'nothing was stored');
});

test('a form may lock what it stores, where objects can be locked', { skip }, async (t) => {
  const { anna, send } = await bucketOfAnna(t);
  const fields = {
    'x-amz-object-lock-mode': 'GOVERNANCE',
    'x-amz-object-lock-retain-until-date': '2140-01-01T00:00:00Z',
    'x-amz-object-lock-legal-hold': 'ON',
  };
  const conditions = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
  const form = { key: 'a', file: 'x', fields, conditions };
  const [refused] = await send(form);
  assert.equal(codeOf(refused!), '400 InvalidRequest');
  const versioning = { Bucket, VersioningConfiguration: { Status: 'Enabled' } } as const;
  await anna.send(new PutBucketVersioningCommand(versioning));
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' } as const;
  await anna.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  const [stored] = await send(form);
  assert.equal(stored!.status, 204);
  const { VersionId } = await anna.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  const removed = anna.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId }));
  assert.equal(await outcome(removed), 'AccessDenied');
});
