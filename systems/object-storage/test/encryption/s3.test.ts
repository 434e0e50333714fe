// Server-side encryption as Amazon's own client asks for it, and as headers say it.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { RawClient } from '@cairn/testing';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';
import { signedHead } from '../clients/signed-head.ts';

const Bucket = 'sealed';
const MiB = 1024 * 1024;

async function connected(t: TestContext): Promise<{ s3: S3Client; url: string }> {
  const { root, url } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  return { s3: root, url };
}

/** A customer's key, as parameters for an object and for the source of a copy. */
function customerKey(key: Buffer = randomBytes(32)) {
  const text = key.toString('base64');
  const md5 = createHash('md5').update(key).digest('base64');
  return {
    md5,
    of: { SSECustomerAlgorithm: 'AES256', SSECustomerKey: text, SSECustomerKeyMD5: md5 },
    ofSource: {
      CopySourceSSECustomerAlgorithm: 'AES256',
      CopySourceSSECustomerKey: text,
      CopySourceSSECustomerKeyMD5: md5,
    },
  };
}

async function bytesOf(s3: S3Client, Key: string, more: object = {}): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from(await Body!.transformToByteArray());
}

test('SSE-S3 is told by the answers of writes, of GET and of HEAD', async (t) => {
  const { s3 } = await connected(t);
  const sealed = { Bucket, ServerSideEncryption: 'AES256' } as const;
  const body = randomBytes(70_000);
  const put = await s3.send(new PutObjectCommand({ ...sealed, Key: 'k', Body: body }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=65519-65521' }));
  const part = Buffer.from(await got.Body!.transformToByteArray());
  assert(part.equals(body.subarray(65_519, 65_522)));
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  const copy = await s3.send(new CopyObjectCommand({ ...sealed, Key: 'c', CopySource: `${Bucket}/k` }));
  const upload = await s3.send(new CreateMultipartUploadCommand({ ...sealed, Key: 'm' }));
  const name = { Bucket, Key: 'm', UploadId: upload.UploadId! };
  const sent = await s3.send(new UploadPartCommand({ ...name, PartNumber: 1, Body: body }));
  const Parts = [{ PartNumber: 1, ETag: sent.ETag }];
  const done = await s3.send(new CompleteMultipartUploadCommand({ ...name, MultipartUpload: { Parts } }));
  for (const answer of [put, got, head, copy, upload, sent, done]) {
    assert.equal(answer.ServerSideEncryption, 'AES256');
  }
  assert.equal(head.ETag, `"${createHash('md5').update(body).digest('hex')}"`);
  assert.equal(head.ContentLength, body.byteLength);
  assert((await bytesOf(s3, 'm')).equals(body));
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'plain', CopySource: `${Bucket}/k` }));
  const plain = await s3.send(new HeadObjectCommand({ Bucket, Key: 'plain' }));
  assert.equal(plain.ServerSideEncryption, undefined);
});

test('SSE-C works for objects, ranges, parts and copies, and is told without the key', async (t) => {
  const { s3 } = await connected(t);
  const [a, b] = [customerKey(), customerKey()];
  const body = randomBytes(5 * MiB + 10);
  const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body, ...a.of }));
  assert.deepEqual([put.SSECustomerAlgorithm, put.SSECustomerKeyMD5], ['AES256', a.md5]);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', ...a.of }));
  assert.deepEqual([head.SSECustomerKeyMD5, head.ContentLength], [a.md5, body.byteLength]);
  assert((await bytesOf(s3, 'k', a.of)).equals(body));
  const range = await bytesOf(s3, 'k', { ...a.of, Range: 'bytes=-7' });
  assert(range.equals(body.subarray(-7)));

  const CopySource = `${Bucket}/k`;
  const copy = { Bucket, Key: 'c', CopySource, ...a.ofSource, ...b.of };
  assert.equal((await s3.send(new CopyObjectCommand(copy))).SSECustomerKeyMD5, b.md5);
  assert((await bytesOf(s3, 'c', b.of)).equals(body));

  const upload = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'm', ...b.of }));
  const name = { Bucket, Key: 'm', UploadId: upload.UploadId! };
  const first = await s3.send(
    new UploadPartCopyCommand({ ...name, PartNumber: 1, CopySource, ...a.ofSource, ...b.of }),
  );
  const second = await s3.send(
    new UploadPartCommand({ ...name, PartNumber: 2, Body: Buffer.from('end'), ...b.of }),
  );
  const Parts = [
    { PartNumber: 1, ETag: first.CopyPartResult!.ETag },
    { PartNumber: 2, ETag: second.ETag },
  ];
  const named = { ...name, MultipartUpload: { Parts }, ...b.of };
  await s3.send(new CompleteMultipartUploadCommand(named));
  assert((await bytesOf(s3, 'm', b.of)).equals(Buffer.concat([body, Buffer.from('end')])));
  const last = await bytesOf(s3, 'm', { ...b.of, PartNumber: 2 });
  assert.equal(last.toString(), 'end');
});

test('without the right key of the customer nothing is told, and nothing is written', async (t) => {
  const { s3 } = await connected(t);
  const [right, wrong] = [customerKey(), customerKey()];
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'secret', ...right.of }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'x' }));
  const get = (more: object) => outcome(s3.send(new GetObjectCommand({ Bucket, Key: 'k', ...more })));
  const head = (more: object) => outcome(s3.send(new HeadObjectCommand({ Bucket, Key: 'k', ...more })));
  assert.equal(await get({}), 'InvalidRequest');
  assert.equal(await get(wrong.of), 'InvalidRequest');
  assert.equal(await head({}), 'Unknown');
  assert.equal(await head(wrong.of), 'Unknown');
  assert.equal(await outcome(bytesOf(s3, 'plain', right.of)), 'InvalidRequest');
  const ObjectAttributes = ['ObjectSize'] as const;
  const describe = (more: object) =>
    outcome(
      s3.send(
        new GetObjectAttributesCommand({
          ...{ Bucket, Key: 'k', ObjectAttributes: [...ObjectAttributes] },
          ...more,
        }),
      ),
    );
  assert.equal(await describe({}), 'InvalidRequest');
  assert.equal(await describe(wrong.of), 'InvalidRequest');
  assert.equal(await describe(right.of), 'done');
  const copy = (more: object) =>
    outcome(s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/k`, ...more })));
  assert.equal(await copy({}), 'InvalidRequest');
  assert.equal(await copy(wrong.ofSource), 'InvalidRequest');
  assert.equal(await copy(right.ofSource), 'done');
  const sums = { ChecksumAlgorithm: 'CRC32' } as const;
  const upload = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'm', ...sums, ...right.of }));
  const part = { Bucket, Key: 'm', UploadId: upload.UploadId!, PartNumber: 1, Body: 'x' };
  assert.equal(await outcome(s3.send(new UploadPartCommand(part))), 'InvalidRequest');
  assert.equal(await outcome(s3.send(new UploadPartCommand({ ...part, ...wrong.of }))), 'InvalidRequest');
  assert.equal(await outcome(s3.send(new UploadPartCommand({ ...part, ...right.of }))), 'done');
  const Parts = [{ PartNumber: 1, ETag: createHash('md5').update('x').digest('hex') }];
  const complete = (more: object) => {
    const { UploadId } = upload;
    const named = { Bucket, Key: 'm', UploadId, MultipartUpload: { Parts }, ...more };
    return outcome(s3.send(new CompleteMultipartUploadCommand(named)));
  };
  assert.equal(await complete({}), 'InvalidRequest');
  assert.equal(await complete(wrong.of), 'InvalidRequest');
  assert.equal(await complete(right.of), 'done');
  assert.equal((await bytesOf(s3, 'm', right.of)).toString(), 'x');
});

test('every way to say encryption wrongly gets its code, and stores nothing', async (t) => {
  const { port } = await startS3Endpoint(t);
  const client = await RawClient.connect(port);
  t.after(() => client.socket.destroy());
  const send = async (method: string, target: string, headers: Record<string, string>) => {
    client.send(signedHead({ method, target, headers }).text);
    const { status, body } = await client.response();
    return `${status} ${/<Code>(\w+)<\/Code>/.exec(body.toString())?.[1] ?? ''}`.trim();
  };
  assert.equal(await send('PUT', '/sealed', {}), '200');
  const kind = 'x-amz-server-side-encryption';
  const { SSECustomerKey: key, SSECustomerKeyMD5: md5 } = customerKey().of;
  const [algorithm, keyHeader, md5Header] = ['algorithm', 'key', 'key-md5'].map(
    (name) => `${kind}-customer-${name}`,
  ) as [string, string, string];
  const short = customerKey(randomBytes(16)).of;
  const right = { [algorithm]: 'AES256', [keyHeader]: key, [md5Header]: md5 };
  const cases: readonly (readonly [Record<string, string>, string])[] = [
    [{ [kind]: 'aws:kms' }, '501 NotImplemented'],
    [{ [kind]: 'aws:kms:dsse' }, '501 NotImplemented'],
    [{ [kind]: 'aes:kms' }, '400 InvalidArgument'],
    [{ [kind]: 'AES256', [`${kind}-aws-kms-key-id`]: 'k' }, '400 InvalidArgument'],
    [{ [`${kind}-aws-kms-key-id`]: 'k' }, '400 InvalidArgument'],
    [{ [kind]: 'AES256', ...right }, '400 InvalidArgument'],
    [{ [kind]: 'aws:kms', ...right }, '400 InvalidArgument'],
    [{ [algorithm]: 'AES256' }, '400 InvalidArgument'],
    [{ [algorithm]: 'AES256', [keyHeader]: key }, '400 InvalidArgument'],
    [{ [keyHeader]: key, [md5Header]: md5 }, '400 InvalidArgument'],
    [{ ...right, [algorithm]: 'AES192' }, '400 InvalidEncryptionAlgorithmError'],
    [{ ...right, [md5Header]: 'AAAAAAAAAAAAAAAAAAAAAA==' }, '400 InvalidArgument'],
    [{ ...right, [keyHeader]: `${key.slice(0, 20)}!${key.slice(21)}` }, '400 InvalidArgument'],
    [
      { ...right, [keyHeader]: short.SSECustomerKey, [md5Header]: short.SSECustomerKeyMD5 },
      '400 InvalidArgument',
    ],
  ];
  for (const [headers, code] of cases) {
    const sent = { ...headers, 'content-length': '0' };
    assert.equal(await send('PUT', '/sealed/k', sent), code, JSON.stringify(headers));
    assert.equal(await send('POST', '/sealed/k?uploads', sent), code, JSON.stringify(headers));
  }
  assert.equal(await send('GET', '/sealed/k', {}), '404 NoSuchKey');
  assert.equal(await send('PUT', '/sealed/k', { 'content-length': '0', ...right }), '200');
  assert.equal(await send('GET', '/sealed/k', { [kind]: 'AES256' }), '400 InvalidArgument');
  assert.equal(await send('GET', '/sealed/k', right), '200');
});

test('default encryption is for what comes without headers; it is set, told and taken away', async (t) => {
  const { s3 } = await connected(t);
  const get = () => s3.send(new GetBucketEncryptionCommand({ Bucket }));
  const rule = (SSEAlgorithm: 'AES256' | 'aws:kms', more: object = {}) =>
    outcome(
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm, ...more } }],
          },
        }),
      ),
    );
  assert.equal(await outcome(get()), 'ServerSideEncryptionConfigurationNotFoundError');
  assert.equal(await rule('aws:kms'), 'NotImplemented');
  assert.equal(await rule('AES256', { KMSMasterKeyID: 'k' }), 'InvalidArgument');
  assert.equal(await rule('AES256'), 'done');
  assert.deepEqual((await get()).ServerSideEncryptionConfiguration?.Rules, [
    { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
  ]);
  const customer = customerKey();
  const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const own = await s3.send(new PutObjectCommand({ Bucket, Key: 'own', Body: 'x', ...customer.of }));
  const copy = await s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/k` }));
  const upload = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'm' }));
  for (const answer of [put, copy, upload]) assert.equal(answer.ServerSideEncryption, 'AES256');
  assert.deepEqual([own.ServerSideEncryption, own.SSECustomerKeyMD5], [undefined, customer.md5]);
  await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
  assert.equal(await outcome(get()), 'ServerSideEncryptionConfigurationNotFoundError');
  const after = await s3.send(new PutObjectCommand({ Bucket, Key: 'after', Body: 'x' }));
  assert.equal(after.ServerSideEncryption, undefined);
  assert.equal((await bytesOf(s3, 'k')).toString(), 'x');
});

for (const [header, more] of [
  ['x-amz-server-side-encryption', { ServerSideEncryption: 'AES256' }],
  ['x-amz-server-side-encryption-customer-algorithm', customerKey().of],
] as const) {
  test(`a policy makes everybody encrypt by ${header}`, async (t) => {
    const { s3 } = await connected(t);
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        ...{ Effect: 'Deny', Principal: '*', Action: 's3:PutObject' },
        Resource: `arn:aws:s3:::${Bucket}/*`,
        Condition: { Null: { [`s3:${header}`]: 'true' } },
      },
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const put = (more: object) =>
      outcome(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...more })));
    assert.equal(await put({}), 'AccessDenied');
    assert.equal(await put(more), 'done');
  });
}

test('a presigned URL carries the key in headers that were signed', async (t) => {
  const { s3 } = await connected(t);
  const key = customerKey();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'secret', ...key.of }));
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k', ...key.of }));
  const prefix = 'x-amz-server-side-encryption-customer';
  const headers = {
    [`${prefix}-algorithm`]: 'AES256',
    [`${prefix}-key`]: key.of.SSECustomerKey,
    [`${prefix}-key-md5`]: key.md5,
  };
  const answer = await fetch(url, { headers });
  assert.equal(`${answer.status} ${await answer.text()}`, '200 secret');
  assert.notEqual((await fetch(url)).status, 200);
});
