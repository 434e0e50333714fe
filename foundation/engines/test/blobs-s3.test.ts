// The S3 engine against a server that we did not write: fauxqs, an emulator of S3 in memory.
//
// fauxqs ignores `If-None-Match` of a put, sorts a listing by the locale's collation and writes control characters into
// its XML as they are. The first is added by a front, so that the engine's part of it is tested here; the other two are
// left out, and are proved against Cairn's own endpoint.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { BlobsError, blobsConformance, openBlobs } from '@cairn/engines';
import { freePort } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { startFauxqs } from 'fauxqs';
import { startS3Front } from './s3-front.ts';

const world = realWorld();
const server = await startFauxqs({ port: 0, logger: false });
server.createBucket('bucket');
const front = await startS3Front(server.port);
after(() => {
  front.close();
  return server.stop();
});
const endpoint = `http://127.0.0.1:${front.port}`;
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-example' };

let places = 0;
const openPlace = () => openBlobs({ url: `${endpoint}/bucket/place-${places++}`, world, credentials });

await blobsConformance({
  name: 'S3 (fauxqs)',
  open: openPlace,
  features: { byteOrder: false, controlCharacters: false },
});

test('a prefix keeps places of one bucket apart', async () => {
  const [inner, outer] = await Promise.all(
    ['/p/inner', '/p'].map((path) => openBlobs({ url: `${endpoint}/bucket${path}`, world, credentials })),
  );
  await inner!.put('name', Buffer.from('x'));
  await outer!.put('innermost', Buffer.from('xy'));
  assert.deepEqual(await namesOf(inner!), ['name']);
  assert.deepEqual(await namesOf(outer!), ['inner/name', 'innermost']);
});

test('a put with ifAbsent whose answer was lost hears that it stored, not that it exists', async () => {
  const blobs = await openPlace();
  front.loseNextAnswer('PUT');
  assert.equal(await blobs.put('name', Buffer.from('ours'), { ifAbsent: true }), 'stored');
  front.loseNextAnswer('PUT');
  assert.equal(await blobs.put('name', Buffer.from('other'), { ifAbsent: true }), 'exists');
});

test('deleting 2,500 names takes three requests', async () => {
  const blobs = await openPlace();
  const before = front.requests.length;
  await blobs.delete(Array.from({ length: 2_500 }, (_, index) => `name-${index}`));
  assert.deepEqual(front.requests.slice(before), Array(3).fill('POST /bucket/?delete='));
});

test('a stream that fails leaves no parts that would be paid for', async () => {
  const blobs = await openPlace();
  const before = front.requests.length;
  async function* failing() {
    yield Buffer.alloc(20_000_000);
    throw new Error('the source broke');
  }
  await assert.rejects(blobs.put('name', failing()), /the source broke/);
  const [abort] = front.requests.slice(before).filter((request) => request.startsWith('DELETE'));
  assert.match(abort ?? '', /^DELETE \/bucket\/place-\d+\/name\?uploadId=/);
});

test('a bucket that does not exist is reported when it is opened', async () => {
  const url = `${endpoint}/no-such-bucket`;
  await assert.rejects(openBlobs({ url, world, credentials }), { name: 'BlobsError', code: 'no-bucket' });
});

test('a server that is not there is unavailable, which may be tried again', async () => {
  const url = `http://127.0.0.1:${await freePort()}/bucket`;
  await assert.rejects(openBlobs({ url, world, credentials }), { code: 'unavailable', retryable: true });
});

const refusals = {
  SignatureDoesNotMatch: { status: 403, code: 'denied' },
  AccessDenied: { status: 403, code: 'denied' },
  InvalidAccessKeyId: { status: 403, code: 'denied' },
  NoSuchBucket: { status: 404, code: 'no-bucket' },
  XMinioStorageFull: { status: 507, code: 'full' },
  NotImplemented: { status: 501, code: 'failed' },
  MethodNotAllowed: { status: 405, code: 'failed' },
} as const;

for (const [s3Code, { status, code }] of Object.entries(refusals)) {
  test(`${s3Code} is reported as ${code}, without credentials, by every call`, async () => {
    const blobs = await openPlace();
    const { accessKeyId, secretAccessKey } = credentials;
    const secrets = new RegExp(`${accessKeyId}|${secretAccessKey}`);
    const xml = `<Error><Code>${s3Code}</Code><Message>no</Message><AWSAccessKeyId>${accessKeyId}</AWSAccessKeyId></Error>`;
    front.refuse({ status, xml });
    try {
      for (const call of [
        () => blobs.put('name', Buffer.from('x')),
        () => blobs.get('name'),
        () => blobs.delete(['name']),
        () => blobs.list({ prefix: '' }),
      ]) {
        await assert.rejects(call, (error) => {
          assert(error instanceof BlobsError);
          assert.equal(error.code, code);
          assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), secrets);
          return true;
        });
      }
    } finally {
      front.refuse(undefined);
    }
  });
}

test('a name that could not be deleted for the moment may be tried again', async () => {
  const blobs = await openPlace();
  for (const [s3Code, code] of [
    ['InternalError', 'unavailable'],
    ['SlowDown', 'unavailable'],
    ['AccessDenied', 'denied'],
  ]) {
    const error = `<Error><Key>name</Key><Code>${s3Code}</Code><Message>no</Message></Error>`;
    front.refuse({ status: 200, xml: `<DeleteResult>${error}</DeleteResult>` });
    await assert
      .rejects(blobs.delete(['name']), { name: 'BlobsError', code })
      .finally(() => front.refuse(undefined));
  }
});

for (const [title, rest] of Object.entries({
  'that says there is more and not where': '<Contents><Key>a</Key><Size>1</Size></Contents>',
  'that goes round in circles': '<NextContinuationToken>the same</NextContinuationToken>',
})) {
  test(`a listing ${title} is an error`, { timeout: 30_000 }, async () => {
    const blobs = await openPlace();
    const xml = `<ListBucketResult><IsTruncated>true</IsTruncated>${rest}</ListBucketResult>`;
    front.refuse({ status: 200, xml });
    try {
      await assert.rejects(blobs.list({ prefix: '' }), { name: 'BlobsError', code: 'failed' });
    } finally {
      front.refuse(undefined);
    }
  });
}

test('endpoint, region and credentials come from AWS_* for s3: URLs', async (context) => {
  setEnvironment(context, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'AKIDFROMENVIRONMENT',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_DEFAULT_REGION: 'eu-west-7',
  });
  const blobs = await openBlobs({ url: 's3://bucket/from-environment', world });
  assert.equal(await blobs.put('name', Buffer.from('x')), 'stored');
  assert.deepEqual(await namesOf(blobs), ['name']);
  assert.match(front.authorizations.at(-1)!, /AKIDFROMENVIRONMENT\/\d+\/eu-west-7\/s3\/aws4_request/);
});

async function namesOf(blobs: Awaited<ReturnType<typeof openBlobs>>): Promise<string[]> {
  return (await blobs.list({ prefix: '' })).blobs.map((info) => info.name);
}

function setEnvironment(
  context: { after(restore: () => void): void },
  variables: Record<string, string>,
): void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  context.after(() => {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
}
