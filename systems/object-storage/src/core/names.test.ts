import assert from 'node:assert/strict';
import test from 'node:test';
import { checkBucketName, checkKey, checkTexts } from './names.ts';

for (const name of ['abc', 'my-bucket', 'a.b.c', '1st', 'a'.repeat(63), 'logs.2026-11']) {
  test(`${name} is a bucket name`, () => checkBucketName(name));
}

const refused = [
  'ab',
  'a'.repeat(64),
  'Upper',
  'under_score',
  '-start',
  'end-',
  '.start',
  'a..b',
  '192.168.0.1',
  'xn--bucket',
  'bucket-s3alias',
  'ä',
  '../etc',
  '',
];
for (const name of refused) {
  test(`${JSON.stringify(name)} is no bucket name`, () => {
    assert.throws(() => checkBucketName(name), { code: 'InvalidBucketName' });
  });
}

test('a key has up to 1,024 bytes of UTF-8', () => {
  checkKey('k'.repeat(1_024));
  checkKey('😀'.repeat(256));
  checkKey('../../etc/passwd');
  assert.throws(() => checkKey('k'.repeat(1_025)), { code: 'KeyTooLongError' });
  assert.throws(() => checkKey(`${'😀'.repeat(256)}!`), { code: 'KeyTooLongError' });
});

test('a key is not empty', () => {
  assert.throws(() => checkKey(''), { code: 'InvalidArgument' });
});

test('no text of a request holds U+0000 or half a UTF-16 pair', () => {
  checkTexts({ bucket: 'b', key: '😀', attributes: { headers: { a: '\u0000' } }, objects: [{ key: 'k' }] });
  for (const text of ['a\u0000b', '\ud800', '\udfff!']) {
    assert.throws(() => checkTexts({ bucket: text }), { code: 'InvalidBucketName' });
    const inNames = [{ objects: [{ key: 'a' }, { key: text }] }, { source: { bucket: 'b', key: text } }];
    for (const request of inNames) assert.throws(() => checkTexts(request), { code: 'InvalidArgument' });
  }
});
