// Calls of the Query protocol that no client makes: each is refused in IAM's form, and none disturbs S3 beside it.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { type S3WithUsers, startS3WithUsers } from '../access/s3-with-users.ts';

type Call = {
  readonly body?: string;
  readonly method?: string;
  readonly target?: string;
  readonly service?: string;
  readonly region?: string;
  readonly secret?: string;
  readonly ageMs?: number;
  /** Added after it was signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent in place of what was signed. */
  readonly sent?: string;
};

const whoAmI = 'Action=GetCallerIdentity&Version=2011-06-15';
const form = 'application/x-www-form-urlencoded; charset=utf-8';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

function authorization(s3: S3WithUsers, call: Call, date: string): string {
  const { body = '', method = 'POST', target = '/', service = 'sts', region = 'us-east-1' } = call;
  const { accessKeyId, secretAccessKey } = s3.rootCredentials;
  const [path, query = ''] = target.split('?');
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const head = `host:127.0.0.1:${s3.port}\nx-amz-date:${date}\n\nhost;x-amz-date`;
  const canonical = `${method}\n${path}\n${query}\n${head}\n${sha256(body)}`;
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${call.secret ?? secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`;
}

async function send(s3: S3WithUsers, call: Call): Promise<string> {
  const { method = 'POST', target = '/', body = '', sent = body, headers } = call;
  const date = new Date(Date.now() - (call.ageMs ?? 0)).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const response = await fetch(`${s3.url}${target}`, {
    method,
    headers: {
      'x-amz-date': date,
      authorization: authorization(s3, call, date),
      ...(method === 'POST' && { 'content-type': form }),
      ...headers,
    },
    ...(method === 'POST' && { body: sent }),
  });
  return outcome(response);
}

async function outcome(response: Response): Promise<string> {
  const text = await response.text();
  assert.equal(response.headers.get('content-type'), 'text/xml');
  assert.match(text, /^<\w+Response xmlns="https:\/\/(iam|sts)\.amazonaws\.com\/doc\//);
  assert.match(text, /<RequestId>[^<]+<\/RequestId>/);
  return `${response.status} ${/<Code>(\w+)</.exec(text)?.[1] ?? 'done'}`;
}

const good = { body: whoAmI };
const many = Array.from({ length: 600 }, (_, index) => `p${index}=1`).join('&');
const cases: readonly (readonly [what: string, outcome: string, call: Call])[] = [
  ['as it should be', '200 done', good],
  ['for any region', '200 done', { ...good, region: 'mars-north-1' }],
  ['for a region that is none', '403 SignatureDoesNotMatch', { ...good, region: 'x'.repeat(2_000) }],
  ['by GET', '200 done', { method: 'GET', target: `/?${whoAmI}` }],
  ['with another body than was signed', '403 SignatureDoesNotMatch', { ...good, sent: `${whoAmI}&x=1` }],
  ['with another secret', '403 SignatureDoesNotMatch', { ...good, secret: 'x' }],
  ['of an hour ago', '403 SignatureDoesNotMatch', { ...good, ageMs: 3_600_000 }],
  ['of an hour ahead', '403 SignatureDoesNotMatch', { ...good, ageMs: -3_600_000 }],
  ['signed for S3', '403 SignatureDoesNotMatch', { ...good, service: 's3' }],
  ['of STS signed for IAM', '400 InvalidAction', { ...good, service: 'iam' }],
  ['without an action', '400 MissingAction', { body: 'Version=2011-06-15' }],
  ['of another version', '400 InvalidAction', { body: 'Action=GetCallerIdentity&Version=2010-05-08' }],
  ['that there is not', '400 InvalidAction', { body: 'Action=constructor&Version=2011-06-15' }],
  ['with a parameter twice', '400 MalformedQueryString', { body: `${whoAmI}&Action=GetSessionToken` }],
  ['that cannot be decoded', '400 MalformedQueryString', { body: `${whoAmI}&x=%zz` }],
  ['with too many parameters', '400 MalformedQueryString', { body: `${whoAmI}&${many}` }],
  ['that is too long', '413 RequestEntityTooLarge', { body: `${whoAmI}&x=${'x'.repeat(600_000)}` }],
  [
    'with a header of Amazon’s that was not signed',
    '403 SignatureDoesNotMatch',
    { ...good, headers: { 'x-amz-meta-a': 'x' } },
  ],
  [
    'with an invalid session token',
    '403 InvalidClientTokenId',
    { ...good, headers: { 'x-amz-security-token': 'x' } },
  ],
  ['with what identity does not have', '400 ValidationError', { body: `${whoAmI}&Tags.member.1.Key=x` }],
];

test('calls are refused in the Query protocol’s form', async (t) => {
  const s3 = await startS3WithUsers(t);
  for (const [what, wanted, call] of cases) assert.equal(await send(s3, call), wanted, `a call ${what}`);
});

test('a call without a signature is refused, and reads nothing', async (t) => {
  const s3 = await startS3WithUsers(t);
  const unsigned = { method: 'POST', headers: { 'content-type': form }, body: whoAmI };
  assert.equal(await outcome(await fetch(`${s3.url}/`, unsigned)), '403 MissingAuthenticationToken');
  assert.equal(await outcome(await fetch(`${s3.url}/?${whoAmI}`)), '403 MissingAuthenticationToken');
  const headers = { ...unsigned.headers, authorization: 'AWS4-HMAC-SHA256 Credential=a/b/iam/aws4_request' };
  assert.equal(await outcome(await fetch(`${s3.url}/`, { ...unsigned, headers })), '400 IncompleteSignature');
});

test('S3 keeps what is its own: ListBuckets, and objects named like calls', async (t) => {
  const s3 = await startS3WithUsers(t);
  const listing = await fetch(`${s3.url}/`);
  assert.match(await listing.text(), /<Code>AccessDenied<\/Code>.*<HostId>/s);
  const object = await fetch(`${s3.url}/photos/?Action=GetUser`);
  assert.match(await object.text(), /<Code>(AccessDenied|NoSuchBucket)<\/Code>/);
});

test('a policy may ask a call for the region that the server is, whatever it was signed for', async (t) => {
  const s3 = await startS3WithUsers(t);
  for (const [name, outcome] of [
    ['us-east-1', '200 done'],
    ['eu-west-1', '403 AccessDenied'],
  ] as const) {
    const Condition = { StringEquals: { 'aws:RequestedRegion': name } };
    const Statement = { Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*', Condition };
    await s3.identity.putPolicy({ name, document: JSON.stringify({ Version: '2012-10-17', Statement }) });
    const asUser = { ...s3, rootCredentials: await s3.user(`of-${name}`, name) };
    const call = { body: 'Action=ListUsers&Version=2010-05-08', service: 'iam', region: 'eu-west-1' };
    assert.equal(await send(asUser, call), outcome);
  }
});
