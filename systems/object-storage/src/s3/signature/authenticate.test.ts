// Signature V4 against the worked examples of Amazon's documentation, and every way in which a claim may not hold.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, sigv4-query-string-auth.html

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Principal } from '@cairn/service';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import { parseRequestTarget } from '../target/request-target.ts';
import { authenticate } from './authenticate.ts';
import type { SignedRequest } from './canonical-request.ts';
import type { RequestHeaders } from './signature-claim.ts';
import { SigningKeys } from './signing-keys.ts';

const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const principal: Principal = { type: 'user', name: 'u', arn: 'arn:aws:iam::1:user/u', accessKeyId };
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const host = 'examplebucket.s3.amazonaws.com';
const exampleTimeMs = Date.UTC(2013, 4, 24);

type Changes = { nowMs?: number; region?: string; active?: boolean };

function check(request: SignedRequest, changes: Changes = {}) {
  const { nowMs = exampleTimeMs, region = 'us-east-1', active = true } = changes;
  const findAccessKey = (id: string) => (id === accessKeyId ? { secret, principal, active } : undefined);
  const findSession = () => 'InvalidToken' as const;
  const clock = { nowMs: () => nowMs };
  const options = { identity: { findAccessKey, findSession }, signingKeys: new SigningKeys(), clock, region };
  return Promise.try(() => authenticate(request, options));
}

function example({
  method = 'GET',
  target,
  signature,
  signedHeaders,
  headers,
}: {
  method?: string;
  target: string;
  signature: string;
  signedHeaders: string;
  headers: RequestHeaders;
}): SignedRequest {
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;
  return { method, target: parseRequestTarget(target), headers: { host, authorization, ...headers } };
}

const listing = example({
  target: '/?max-keys=2&prefix=J',
  signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
  headers: { 'x-amz-content-sha256': emptySha256, 'x-amz-date': '20130524T000000Z' },
});

const examples: Readonly<Record<string, SignedRequest>> = {
  'GET Object with a range': example({
    target: '/test.txt',
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    signedHeaders: 'host;range;x-amz-content-sha256;x-amz-date',
    headers: {
      range: 'bytes=0-9',
      'x-amz-content-sha256': emptySha256,
      'x-amz-date': '20130524T000000Z',
    },
  }),
  'PUT Object with a Date header': example({
    method: 'PUT',
    target: '/test$file.text',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    signedHeaders: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    headers: {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    },
  }),
  'GET Bucket Lifecycle': example({
    target: '/?lifecycle',
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
    headers: { 'x-amz-content-sha256': emptySha256, 'x-amz-date': '20130524T000000Z' },
  }),
  'GET Bucket (List Objects)': listing,
};

for (const [name, request] of Object.entries(examples)) {
  test(`the documented example is verified: ${name}`, async () => {
    assert.equal((await check(request)).principal, principal);
  });
}

const presignedQuery =
  '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host';
const presignedSignature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';

function presigned(target = `${presignedQuery}&X-Amz-Signature=${presignedSignature}`): SignedRequest {
  return { method: 'GET', target: parseRequestTarget(target), headers: { host } };
}

test('the documented presigned example is verified until it expires', async () => {
  for (const nowMs of [exampleTimeMs, exampleTimeMs + 86_400_000, exampleTimeMs - 900_000]) {
    const verified = await check(presigned(), { nowMs });
    assert.equal(verified.principal, principal);
    assert.deepEqual(verified.payload, { kind: 'unsigned' });
  }
  await refused('AccessDenied', check(presigned(), { nowMs: exampleTimeMs + 86_400_001 }), /has expired/);
  await refused('AccessDenied', check(presigned(), { nowMs: exampleTimeMs - 900_001 }), /not yet valid/);
});

test('a presigned request for 0 seconds has expired as soon as it is made', async () => {
  const target = `${presignedQuery}&X-Amz-Signature=${presignedSignature}`.replace('=86400', '=0');
  for (const nowMs of [exampleTimeMs - 60_000, exampleTimeMs, exampleTimeMs + 1])
    await refused('AccessDenied', check(presigned(target), { nowMs }), /has expired/);
});

test('a request without a claim is anonymous', async () => {
  const request = { method: 'GET', target: parseRequestTarget('/b/k'), headers: { host } };
  assert.equal((await check(request)).principal.type, 'anonymous');
});

test('whatever is changed in a signed request breaks its signature', async () => {
  const withHeader = (name: string, value: string): SignedRequest => ({
    ...listing,
    headers: { ...listing.headers, [name]: value },
  });
  const changed: SignedRequest[] = [
    { ...listing, method: 'HEAD' },
    { ...listing, target: parseRequestTarget('/?max-keys=3&prefix=J') },
    { ...listing, target: parseRequestTarget('/x?max-keys=2&prefix=J') },
    withHeader('host', 'other'),
    withHeader('x-amz-date', '20130524T000001Z'),
    withHeader('x-amz-content-sha256', 'UNSIGNED-PAYLOAD'),
    withHeader('authorization', listing.headers.authorization!.replace(/.$/, '8')),
    withHeader('authorization', listing.headers.authorization!.replace(/.$/, '')),
    withHeader('authorization', listing.headers.authorization!.replace(/.$/, 'x')),
  ];
  for (const request of changed) await refused('SignatureDoesNotMatch', check(request));
});

test('the answer to a wrong signature names what was signed', async () => {
  const error = await refused('SignatureDoesNotMatch', check({ ...listing, method: 'PUT' }));
  const { CanonicalRequest, StringToSign, AWSAccessKeyId } = error.detail.fields ?? {};
  assert.match(CanonicalRequest!, /^PUT\n\/\nmax-keys=2&prefix=J\nhost:examplebucket/);
  assert.match(StringToSign!, /^AWS4-HMAC-SHA256\n20130524T000000Z\n20130524\/us-east-1\/s3\/aws4_request\n/);
  assert.equal(AWSAccessKeyId, accessKeyId);
});

test('time, key and headers are checked before the signature', async () => {
  for (const nowMs of [exampleTimeMs + 900_001, exampleTimeMs - 900_001]) {
    await refused('RequestTimeTooSkewed', check(listing, { nowMs }));
  }
  await check(listing, { nowMs: exampleTimeMs + 900_000 });
  await refused('InvalidAccessKeyId', check(listing, { active: false }));
  const unsigned = { ...listing, headers: { ...listing.headers, 'x-amz-acl': 'public-read' } };
  const error = await refused('AccessDenied', check(unsigned));
  assert.equal(error.detail.fields?.HeadersNotSigned, 'x-amz-acl');
  const session = { ...listing, headers: { ...listing.headers, 'x-amz-security-token': 'x' } };
  await refused('InvalidToken', check(session));
});

const malformedHeaders: readonly [authorization: string, code: ObjectStorageErrorCode, message: RegExp][] = [
  ['AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl', 'InvalidRequest', /Please use AWS4-HMAC-SHA256/],
  ['AWS4-ECDSA-P256-SHA256 Credential=x', 'InvalidRequest', /Please use AWS4-HMAC-SHA256/],
  ['Basic dXNlcjpwYXNz', 'InvalidArgument', /Unsupported Authorization Type/],
  ['AWS4-HMAC-SHA256 ', 'AuthorizationHeaderMalformed', /three components/],
  ['AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host', 'AuthorizationHeaderMalformed', /three components/],
  [
    'AWS4-HMAC-SHA256 Credential=a,Credential=b,SignedHeaders=host,Signature=0',
    'AuthorizationHeaderMalformed',
    /three components/,
  ],
  [
    'AWS4-HMAC-SHA256 Credential=a/b,SignedHeaders=host,Signature=0',
    'AuthorizationHeaderMalformed',
    /expecting "<YOUR-AKID>/,
  ],
  [withScope('20130524/eu-west-1/s3/aws4_request'), 'AuthorizationHeaderMalformed', /'eu-west-1' is wrong/],
  [withScope('20130524/us-east-1/ec2/aws4_request'), 'AuthorizationHeaderMalformed', /incorrect service/],
  [withScope('20130524/us-east-1/s3/aws5_request'), 'AuthorizationHeaderMalformed', /incorrect terminal/],
  [
    withScope('20130523/us-east-1/s3/aws4_request'),
    'AuthorizationHeaderMalformed',
    /Invalid credential date/,
  ],
  [withScope('today/us-east-1/s3/aws4_request'), 'AuthorizationHeaderMalformed', /incorrect date format/],
];

function withScope(scope: string): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host, Signature=00`;
}

test('a malformed Authorization header is answered as Amazon answers it', async () => {
  for (const [authorization, code, message] of malformedHeaders) {
    await refused(code, check({ ...listing, headers: { ...listing.headers, authorization } }), message);
  }
  const wrongRegion = { ...listing, headers: { ...listing.headers } };
  const error = await refused('AuthorizationHeaderMalformed', check(wrongRegion, { region: 'eu-north-1' }));
  assert.equal(error.detail.fields?.Region, 'eu-north-1', 'clients follow it');
});

test('a header claim needs a date and a payload hash', async () => {
  const { 'x-amz-date': _, ...withoutDate } = listing.headers;
  await refused('AccessDenied', check({ ...listing, headers: withoutDate }), /valid Date or x-amz-date/);
  const { 'x-amz-content-sha256': __, ...withoutHash } = listing.headers;
  await refused('InvalidRequest', check({ ...listing, headers: withoutHash }), /x-amz-content-sha256/);
  const wrong = { ...listing.headers, 'x-amz-content-sha256': 'constructor' };
  await refused('InvalidArgument', check({ ...listing, headers: wrong }), /valid sha256 value/);
});

test('a malformed presigned query is answered as Amazon answers it', async () => {
  for (const [from, to, message] of [
    ['Algorithm=AWS4-HMAC-SHA256', 'Algorithm=AWS3', /only supports/],
    ['Expires=86400', 'Expires=-5', /non-negative/],
    ['Expires=86400', 'Expires=604801', /less than a week/],
    ['Expires=86400', 'Expires=1e3', /should be a number/],
    ['&X-Amz-Expires=86400', '', /requires/],
    ['Date=20130524T000000Z', 'Date=20130524T250000Z', /ISO8601/],
    ['us-east-1', 'us-west-1', /'us-west-1' is wrong/],
    ['AKIAIOSFODNN7EXAMPLE%2F', '', /mal-formed/],
    [`&X-Amz-SignedHeaders=host`, '', /requires/],
  ] as const) {
    const target = `${presignedQuery}&X-Amz-Signature=${presignedSignature}`.replace(from, to);
    await refused('AuthorizationQueryParametersError', check(presigned(target)), message);
  }
  await refused('AuthorizationQueryParametersError', check(presigned(presignedQuery)), /requires/);
});

test('a request may prove itself in one way only, and not by Signature V2', async () => {
  const both = { ...presigned(), headers: { ...listing.headers } };
  await refused('InvalidArgument', check(both), /Only one auth mechanism/);
  const versionTwo = presigned('/k?AWSAccessKeyId=a&Signature=b&Expires=1');
  await refused('InvalidRequest', check(versionTwo), /Please use AWS4-HMAC-SHA256/);
});

async function refused(
  code: ObjectStorageErrorCode,
  outcome: Promise<unknown>,
  message = /./,
): Promise<ObjectStorageError> {
  const error = await outcome.then(
    () => assert.fail(`wanted ${code}, but it was accepted`),
    (reason: unknown) => reason,
  );
  assert(error instanceof ObjectStorageError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return error;
}
