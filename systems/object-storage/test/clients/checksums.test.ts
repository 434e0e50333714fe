// Every checksum algorithm, by Amazon's client: put, made from parts, copied, shown.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import {
  type Checksum,
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { checksumOf, createChecksum } from '@cairn/hashing';
import { outcome } from '../access/outcomes.ts';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const Bucket = 'checked';
const partBytes = 5 * 1024 * 1024;

/** By Amazon's names: what an upload in parts may ask for, and ours to compute with. */
const algorithms = {
  CRC32: { ours: 'crc32', types: ['COMPOSITE', 'FULL_OBJECT'] },
  CRC32C: { ours: 'crc32c', types: ['COMPOSITE', 'FULL_OBJECT'] },
  CRC64NVME: { ours: 'crc64nvme', types: ['FULL_OBJECT'] },
  SHA1: { ours: 'sha1', types: ['COMPOSITE'] },
  SHA256: { ours: 'sha256', types: ['COMPOSITE'] },
  SHA512: { ours: 'sha512', types: ['COMPOSITE'] },
  MD5: { ours: 'md5', types: ['COMPOSITE'] },
  XXHASH64: { ours: 'xxhash64', types: ['COMPOSITE'] },
  XXHASH3: { ours: 'xxhash3', types: ['COMPOSITE'] },
  XXHASH128: { ours: 'xxhash128', types: ['COMPOSITE'] },
} as const satisfies Record<ChecksumAlgorithm, unknown>;
type Name = keyof typeof algorithms;
const names = Object.keys(algorithms) as Name[];

function value(name: Name, bytes: Uint8Array): string {
  return checksumOf(algorithms[name].ours, bytes).toString('base64');
}

/** What Amazon's client has no code for it lets others bring. */
function clientChecksum(name: Name) {
  return class {
    #running = createChecksum(algorithms[name].ours);
    update(bytes: Uint8Array): void {
      this.#running.update(bytes);
    }
    async digest(): Promise<Uint8Array> {
      return this.#running.digest();
    }
    reset(): void {
      this.#running = createChecksum(algorithms[name].ours);
    }
  };
}

async function bucket(t: TestContext): Promise<S3Client> {
  const { url: endpoint } = await startS3Endpoint(t);
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    checksumAlgorithms: Object.fromEntries(
      (['SHA512', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const).map((name) => [name, clientChecksum(name)]),
    ),
  });
  t.after(async () => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket }));
  return client;
}

async function attributes(client: S3Client, Key: string) {
  return client.send(
    new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum', 'ObjectParts'] }),
  );
}

for (const name of names) {
  const field = `Checksum${name}` as keyof Checksum & `Checksum${Name}`;

  test(`an object is put, shown and copied with ${name}, and refused with a wrong one`, async (t) => {
    const client = await bucket(t);
    const Body = Buffer.from('hello');
    const right = value(name, Body);
    const put = { Bucket, Key: 'k', Body };
    const stored = await client.send(new PutObjectCommand({ ...put, [field]: right }));
    assert.deepEqual([stored[field], stored.ChecksumType], [right, 'FULL_OBJECT']);
    const wrong = client.send(
      new PutObjectCommand({ ...put, Key: 'wrong', [field]: value(name, Buffer.from('other')) }),
    );
    assert.equal(await outcome(wrong), 'BadDigest');
    const short = client.send(new PutObjectCommand({ ...put, Key: 'wrong', [field]: 'AAAA' }));
    assert.equal(await outcome(short), 'BadDigest');
    for (const command of [HeadObjectCommand, GetObjectCommand]) {
      const shown = await client.send(new command({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
      assert.deepEqual([shown[field], shown.ChecksumType], [right, 'FULL_OBJECT']);
    }
    const { Checksum } = await attributes(client, 'k');
    assert.deepEqual(Checksum, { [field]: right, ChecksumType: 'FULL_OBJECT' });
    const listed = await client.send(new ListObjectsV2Command({ Bucket }));
    assert.deepEqual(listed.Contents?.[0]?.ChecksumAlgorithm, [name]);
    await client.send(new PutObjectCommand({ ...put, Key: 'plain' }));
    for (const copy of [
      { CopySource: `${Bucket}/k` },
      { CopySource: `${Bucket}/plain`, ChecksumAlgorithm: name },
    ]) {
      const { CopyObjectResult } = await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', ...copy }));
      assert.deepEqual([CopyObjectResult?.[field], CopyObjectResult?.ChecksumType], [right, 'FULL_OBJECT']);
    }
  });

  // MD5 this client sends as `content-md5`, which is no trailer of S3.
  if (name !== 'MD5')
    test(`the client computes ${name} while it sends, and puts it into the trailer`, async (t) => {
      const client = await bucket(t);
      const bytes = Buffer.from('hello');
      const put = { Bucket, Key: 'k', Body: Readable.from([bytes]), ContentLength: bytes.length };
      const stored = await client.send(new PutObjectCommand({ ...put, ChecksumAlgorithm: name }));
      assert.equal(stored[field], value(name, bytes));
    });

  test(`an object is made from parts with ${name}`, async (t) => {
    const client = await bucket(t);
    const upload = { Bucket, Key: 'k' };
    const create = (ChecksumType?: 'COMPOSITE' | 'FULL_OBJECT') =>
      client.send(new CreateMultipartUploadCommand({ ...upload, ChecksumAlgorithm: name, ChecksumType }));
    const types: readonly string[] = algorithms[name].types;
    for (const type of ['COMPOSITE', 'FULL_OBJECT'] as const) {
      assert.equal(await outcome(create(type)), types.includes(type) ? 'done' : 'InvalidRequest', type);
    }
    const { UploadId, ChecksumType } = await create();
    assert.equal(ChecksumType, types[0]);
    const bytes = [Buffer.alloc(partBytes, 1), Buffer.from('the rest')] as const;
    await client.send(new PutObjectCommand({ Bucket, Key: 'rest', Body: bytes[1] }));
    const first = await client.send(
      new UploadPartCommand({
        ...upload,
        UploadId,
        PartNumber: 1,
        Body: bytes[0],
        [field]: value(name, bytes[0]),
      }),
    );
    const CopySource = `${Bucket}/rest`;
    const second = await client.send(
      new UploadPartCopyCommand({ ...upload, UploadId, PartNumber: 2, CopySource }),
    );
    const copied = second.CopyPartResult!;
    assert.deepEqual([first[field], copied[field]], [value(name, bytes[0]), value(name, bytes[1])]);
    const Parts = [
      { PartNumber: 1, ETag: first.ETag, [field]: first[field] },
      { PartNumber: 2, ETag: copied.ETag, [field]: copied[field] },
    ];
    const complete = (parts: typeof Parts, whole?: string) => {
      const named = { ...upload, UploadId, [field]: whole, MultipartUpload: { Parts: parts } };
      return client.send(new CompleteMultipartUploadCommand(named));
    };
    const swapped = [Parts[0]!, { ...Parts[1]!, [field]: first[field] }];
    assert.equal(await outcome(complete(swapped)), 'InvalidPart');
    const digests = bytes.map((part) => Buffer.from(value(name, part), 'base64'));
    const expected =
      types[0] === 'COMPOSITE'
        ? `${value(name, Buffer.concat(digests))}-2`
        : value(name, Buffer.concat(bytes));
    const other = expected.includes('-') ? expected.replace(/-2$/, '-3') : value(name, bytes[0]);
    for (const wrong of [other, 'bad', value(name, Buffer.from('other'))])
      assert.equal(await outcome(complete(Parts, wrong)), 'BadDigest');
    const otherType = ChecksumType === 'COMPOSITE' ? 'FULL_OBJECT' : 'COMPOSITE';
    const mistaken = { ...upload, UploadId, ChecksumType: otherType, MultipartUpload: { Parts } } as const;
    assert.equal(
      await outcome(client.send(new CompleteMultipartUploadCommand(mistaken))),
      'InvalidRequest',
      'another kind of checksum',
    );
    assert.equal((await complete(Parts, expected))[field], expected);
    const { Checksum, ObjectParts } = await attributes(client, 'k');
    assert.deepEqual(Checksum, { [field]: expected, ChecksumType });
    assert.deepEqual(
      ObjectParts?.Parts?.map((part) => part[field]),
      bytes.map((part) => value(name, part)),
    );
    const shown = await client.send(new HeadObjectCommand({ ...upload, ChecksumMode: 'ENABLED' }));
    assert.equal(shown[field], expected);
  });
}
