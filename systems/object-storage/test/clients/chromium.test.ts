// A real browser: a person uploads a file by a form, and pages of other origins read and write where the bucket's CORS rules
// let them. What a browser refuses is the browser's own doing: it is here that our headers are put to the test.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { Client } from 'minio';
import { startChromium } from './chromium.ts';
import { writeTestFiles } from './client-program.ts';
import { credentials, region, type S3Endpoint, startS3Endpoint } from './s3-endpoint.ts';
import { startWebPages } from './web-pages.ts';

const program = findProgram('chromium');
const skip = program === undefined && 'chromium is not installed';
const Bucket = 'uploads';

async function bucketOf(t: TestContext, { url }: S3Endpoint): Promise<S3Client> {
  const client = new S3Client({
    endpoint: url,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  t.after(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket }));
  return client;
}

async function stored(client: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await Body!.transformToByteArray());
}

/** A form that stores a file of up to 30 MB below `in/`, and then leads to `thanks`. */
async function formFor({ port }: S3Endpoint, thanks: string): Promise<string> {
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = credentials;
  const signer = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey, region });
  const policy = signer.newPostPolicy();
  policy.setBucket(Bucket);
  policy.setKeyStartsWith('in/');
  policy.setContentLengthRange(1, 30_000_000);
  policy.setExpires(new Date(Date.now() + 600_000));
  policy.policy.conditions.push(['eq', '$success_action_redirect', thanks]);
  const { postURL, formData } = await signer.presignedPostPolicy(policy);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how forms write it.
  const fields = { ...formData, success_action_redirect: thanks, key: 'in/${filename}' };
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type=hidden name="${name}" value="${value}">`,
  );
  return `<form method=post action="${postURL}" enctype="multipart/form-data">${inputs.join('')}
    <input type=file name=file><input type=submit name=submit value=Upload></form>`;
}

test('a person uploads a file by a form, and a file that is too large is refused', {
  skip,
  timeout: 60_000,
}, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const client = await bucketOf(t, endpoint);
  const site = await startWebPages(t);
  const small = await writeTestFiles(await temporaryDirectory(t));
  const tooLarge = await writeTestFiles(await temporaryDirectory(t), { largeBytes: 30_000_001 });
  site.show(await formFor(endpoint, `${site.origin}/thanks`));
  const page = await startChromium(t, program!);
  const upload = async (path: string) => {
    await page.open(site.origin);
    await page.chooseFiles('input[type=file]', [path]);
    await page.leave("document.querySelector('input[type=submit]').click()");
  };

  await upload(small.large);
  const large = await readFile(small.large);
  assert(large.equals(await stored(client, 'in/large')));
  const etag = `"${createHash('md5').update(large).digest('hex')}"`;
  const thanks = new URL(String(await page.evaluate('location.href')));
  assert.equal(thanks.pathname, '/thanks');
  assert.deepEqual(Object.fromEntries(thanks.searchParams), { bucket: Bucket, key: 'in/large', etag });
  await upload(small.small);
  assert.equal((await stored(client, 'in/small & ü.txt')).toString(), 'hello, world\n');

  await upload(tooLarge.large);
  assert.match(String(await page.evaluate('document.documentElement.textContent')), /EntityTooLarge/);
  assert(large.equals(await stored(client, 'in/large')), 'what was there is still there');
});

/** What comes of a request of the page: its status, text and ETag, or the browser's refusal. */
function fetching(url: string, options: Readonly<Record<string, unknown>> = {}): string {
  return `fetch(${JSON.stringify(url)}, ${JSON.stringify(options)}).then(
    async (answer) => [answer.status, await answer.text(), answer.headers.get('etag')],
    (error) => [String(error)],
  )`;
}

const refused = ['TypeError: Failed to fetch'];

test("pages read and write from where the bucket's rules let them, and from nowhere else", {
  skip,
  timeout: 60_000,
}, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const client = await bucketOf(t, endpoint);
  const [ours, theirs] = [await startWebPages(t), await startWebPages(t)];
  const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: 'read', Body: 'grün' }));
  const read = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'read' }));
  const write = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'written' }));
  const remove = await getSignedUrl(client, new DeleteObjectCommand({ Bucket, Key: 'read' }));
  const put = (name: string, body: string) =>
    fetching(write, { method: 'PUT', body, headers: { 'content-type': 'text/x-test', [name]: 'green' } });
  const page = await startChromium(t, program!);
  const outcome = (expression: string) => page.evaluate(expression);

  await page.open(ours.origin);
  assert.deepEqual(await outcome(fetching(read)), refused, 'there are no rules yet');
  await client.send(
    new PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: [ours.origin],
            AllowedMethods: ['GET', 'PUT'],
            AllowedHeaders: ['content-type', 'x-allowed-*'],
            ExposeHeaders: ['ETag'],
          },
        ],
      },
    }),
  );
  assert.deepEqual(await outcome(fetching(read)), [200, 'grün', ETag]);
  const written = (await outcome(put('x-allowed-colour', 'first'))) as unknown[];
  assert.deepEqual([written[0], written[1]], [200, '']);
  assert.equal((await stored(client, 'written')).toString(), 'first');
  assert.deepEqual(await outcome(put('x-other', 'second')), refused, 'a header that no rule has');
  assert.deepEqual(await outcome(fetching(remove, { method: 'DELETE' })), refused, 'a method that none has');
  assert.deepEqual(await outcome(fetching(read, { credentials: 'include' })), [200, 'grün', ETag]);
  const missing = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'missing' }));
  const [status, text] = (await outcome(fetching(missing))) as [number, string];
  assert.equal(status, 404);
  assert.match(text, /NoSuchKey/, 'pages may read why they were refused');

  await page.open(theirs.origin);
  assert.deepEqual(await outcome(fetching(read)), refused);
  assert.deepEqual(await outcome(put('x-allowed-colour', 'third')), refused);
  assert.equal(
    (await stored(client, 'written')).toString(),
    'first',
    'what is refused by preflight is not sent',
  );
  assert.equal((await stored(client, 'read')).toString(), 'grün');
});
