// Paths and queries that are meant to lead somewhere else: a key is the bytes that were sent, decoded once, whatever a
// file system, a proxy or a browser would make of them, and a parameter that makes no sense is refused by name.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';
import { answerTo, assertRefused, assertServes, signedAnswer } from './hostile-exchange.ts';

const endpoint = await startS3Endpoint({ after });
await signedAnswer(endpoint, { method: 'PUT', target: '/photos' });
await signedAnswer(endpoint, { method: 'PUT', target: '/private' });
await signedAnswer(endpoint, { method: 'PUT', target: '/private/secret' }, 'of another bucket');

/** Sent as the path behind the bucket, and the key that it is. Signed over the canonical form of the key. */
const keys: Readonly<Record<string, string>> = {
  '../private/secret': '../private/secret',
  '%2E%2E/private/secret': '../private/secret',
  '..%2Fprivate%2Fsecret': '../private/secret',
  '%252e%252e%252fprivate': '%2e%2e%2fprivate',
  './a/./b': './a/./b',
  '/etc/passwd': '/etc/passwd',
  '//a//b//': '//a//b//',
  '..%5C..%5Cwindows': '..\\..\\windows',
  '..%3B/x': '..;/x',
  'a%0D%0Aset-cookie%3A%20b': 'a\r\nset-cookie: b',
  'a%3Fprefix%3Db%23c': 'a?prefix=b#c',
  '%E2%80%AEgpj.exe': '\u202egpj.exe',
  'a%20b+c': 'a b+c',
  '%25%25': '%%',
  '%EF%BF%BF': '\uffff',
  '%01%1F%7F': '\x01\x1f\x7f',
};
for (const [sent, key] of Object.entries(keys)) {
  test(`/photos/${sent} is the key ${JSON.stringify(key)}`, async () => {
    const canonical = encodeURIComponent(key)
      .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%2F', '/');
    const put = await signedAnswer(endpoint, {
      method: 'PUT',
      target: `/photos/${sent}`,
      canonicalPath: `/photos/${canonical}`,
    });
    assert.equal(put.status, 200, put.text);
    const target = `/photos?encoding-type=url&list-type=2&prefix=${encodeURIComponent(key)}`;
    const { text } = await signedAnswer(endpoint, { method: 'GET', target });
    const listed = /<Contents><Key>([^<]*)<\/Key>/.exec(text)?.[1] ?? '';
    assert.equal(decodeURIComponent(listed.replaceAll('+', ' ')), key);
    const secret = await signedAnswer(endpoint, { method: 'GET', target: '/private/secret' });
    assert.equal(secret.text, 'of another bucket');
  });
}

const noTargets: Readonly<Record<string, string>> = {
  'a percent sign alone': '/photos/%',
  'half an escape': '/photos/%4',
  'an escape that is none': '/photos/%zz',
  'an escape of Unicode by JavaScript': '/photos/%u002e',
  'a byte that is no UTF-8': '/photos/%ff',
  'an overlong slash': '/photos/%c0%af',
  'an overlong dot': '/photos/%e0%80%ae',
  'half a surrogate pair': '/photos/%ed%a0%80',
  'a character beyond Unicode': '/photos/%f4%90%80%80',
  'a sequence that is cut short': '/photos/%e2%82',
  'a query that is no UTF-8': '/photos?prefix=%ff',
  'a name in the query that is none': '/photos?%zz=1',
};
for (const [what, target] of Object.entries(noTargets)) {
  test(`${what} is an InvalidURI`, async () => {
    const answer = await signedAnswer(endpoint, { method: 'PUT', target });
    await assertRefused(endpoint, answer, { status: 400, code: 'InvalidURI' });
  });
}

test('an asterisk, an authority, another scheme, and raw bytes are no targets', async () => {
  for (const target of [
    '*',
    '127.0.0.1:80',
    'ftp://127.0.0.1/photos',
    'photos/k',
    '?list-type=2',
    '/photos/\xff',
  ]) {
    const bytes = `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
    const answer = await answerTo(endpoint, { bytes });
    assert.equal(answer.status, 400, `${target}: ${answer.text}`);
    assert(answer.code === 'InvalidURI' || answer.code === 'BadRequest', answer.text);
    await assertServes(endpoint);
  }
});

/** Refused with InvalidArgument, or by the code given. */
const parameters: Readonly<Record<string, readonly [method: string, target: string, code?: string]>> = {
  'a key with a zero byte': ['PUT', '/photos/a%00b'],
  'a prefix with a zero byte': ['GET', '/photos?prefix=a%00'],
  'a parameter twice': ['GET', '/photos?prefix=a&prefix=b'],
  'a parameter twice, once escaped': ['GET', '/photos?prefix=a&%70refix=b'],
  'a subresource twice': ['GET', '/photos?location=&location='],
  'a key of 1,025 bytes': ['PUT', `/photos/${'k'.repeat(1_025)}`, 'KeyTooLongError'],
  'a key of 1,026 bytes in 513 letters': ['PUT', `/photos/${'%C3%BC'.repeat(513)}`, 'KeyTooLongError'],
  'part number 0': ['PUT', '/photos/k?partNumber=0&uploadId=a'],
  'part number 10,001': ['PUT', '/photos/k?partNumber=10001&uploadId=a'],
  'a part number below 0': ['PUT', '/photos/k?partNumber=-1&uploadId=a'],
  'a part number of 2^64': ['PUT', '/photos/k?partNumber=18446744073709551616&uploadId=a'],
  'a part number with a point': ['PUT', '/photos/k?partNumber=1.5&uploadId=a'],
  'a part number with an exponent': ['PUT', '/photos/k?partNumber=1e3&uploadId=a'],
  'a part number in blanks': ['PUT', '/photos/k?partNumber=%201%20&uploadId=a'],
  'a part number of nothing': ['PUT', '/photos/k?partNumber=&uploadId=a'],
  'an upload that is none': ['PUT', '/photos/k?partNumber=1&uploadId=..%2F..%2Fx', 'NoSuchUpload'],
  'max-keys below 0': ['GET', '/photos?max-keys=-1'],
  'max-keys of 2^31': ['GET', '/photos?max-keys=2147483648'],
  'max-keys of 20 digits': ['GET', '/photos?max-keys=99999999999999999999'],
  'max-keys of letters': ['GET', '/photos?list-type=2&max-keys=many'],
  'max-keys in hexadecimal': ['GET', '/photos?list-type=2&max-keys=0x10'],
  'max-uploads below 0': ['GET', '/photos?max-uploads=-1&uploads='],
  'max-parts of letters': ['GET', '/photos/k?max-parts=many&uploadId=a'],
  'a part number marker of letters': ['GET', '/photos/k?part-number-marker=x&uploadId=a'],
  'a token that is none': ['GET', '/photos?continuation-token=garbage&list-type=2'],
  'an encoding that is not known': ['GET', '/photos?encoding-type=base64'],
  'a list type that is not known': ['GET', '/photos?list-type=3'],
  'a bucket in capitals': ['PUT', '/Photos', 'InvalidBucketName'],
  'a bucket of two dots': ['PUT', '/..', 'InvalidBucketName'],
  'a bucket of two letters': ['PUT', '/ab', 'InvalidBucketName'],
  'a bucket of 64 letters': ['PUT', `/${'a'.repeat(64)}`, 'InvalidBucketName'],
  'a bucket like an address': ['PUT', '/192.168.0.1', 'InvalidBucketName'],
  'a bucket with a zero byte': ['PUT', '/a%00b', 'InvalidBucketName'],
};
for (const [what, [method, target, code = 'InvalidArgument']] of Object.entries(parameters)) {
  test(`${what} is refused as ${code}`, async () => {
    const answer = await signedAnswer(endpoint, { method, target });
    await assertRefused(endpoint, answer, { status: code === 'NoSuchUpload' ? 404 : 400, code });
  });
}

test('the extremes that are allowed are served', async () => {
  const key = 'k'.repeat(1_024);
  assert.equal((await signedAnswer(endpoint, { method: 'PUT', target: `/photos/${key}` }, 'x')).status, 200);
  const most = await signedAnswer(endpoint, { method: 'GET', target: '/photos?max-keys=2147483647' });
  assert.match(most.text, /<MaxKeys>1000<\/MaxKeys>.*<IsTruncated>false</s);
  const none = await signedAnswer(endpoint, { method: 'GET', target: '/photos?list-type=2&max-keys=0' });
  for (const element of ['<KeyCount>0<', '<MaxKeys>0<', '<IsTruncated>false<'])
    assert(none.text.includes(element), none.text);
});

test('a key cannot write into the head of an answer', async () => {
  const target = '/photos/k?response-content-disposition=a%0D%0Aset-cookie%3A%20b';
  await signedAnswer(endpoint, { method: 'PUT', target: '/photos/k' }, 'x');
  const answer = await signedAnswer(endpoint, { method: 'GET', target });
  await assertRefused(endpoint, answer, { status: 400, code: 'InvalidArgument' });
});
