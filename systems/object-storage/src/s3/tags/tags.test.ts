// Sets of tags and the header that carries them.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { ObjectTag } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { bucketTags, objectTags } from './tag-set.ts';
import { taggingOf, taggingText } from './tagging-header.ts';

function codeOf(operation: () => unknown): string {
  try {
    operation();
    return 'accepted';
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}

const tag = (key: string, value = ''): ObjectTag => ({ key, value });
const numbered = (count: number): ObjectTag[] =>
  Array.from({ length: count }, (_, index) => tag(`k${index}`));

test('an object has up to 10 tags, a bucket up to 50', () => {
  assert.equal(objectTags(numbered(10)).length, 10);
  assert.equal(
    codeOf(() => objectTags(numbered(11))),
    'InvalidTag',
  );
  assert.equal(bucketTags(numbered(50)).length, 50);
  assert.equal(
    codeOf(() => bucketTags(numbered(51))),
    'BadRequest',
  );
});

test('keys and values have letters, digits, blanks and a few signs, and a length', () => {
  for (const [one, code] of [
    [tag('k'.repeat(128), 'v'.repeat(256)), 'accepted'],
    [tag('Größe 1', 'a_b.c:d/e=f+g-h@i'), 'accepted'],
    [tag('日本', ''), 'accepted'],
    [tag('k'.repeat(129)), 'InvalidTag'],
    [tag('k', 'v'.repeat(257)), 'InvalidTag'],
    [tag('𝒳'.repeat(65)), 'InvalidTag'],
    [tag(''), 'InvalidTag'],
    [tag('a?'), 'InvalidTag'],
    [tag('a', '<b>'), 'InvalidTag'],
    [tag('a', 'line\nend'), 'InvalidTag'],
    [tag('\ud800'), 'InvalidTag'],
    [tag('aws:x'), 'InvalidTag'],
    [tag('AWS:x'), 'InvalidTag'],
    [tag('awsx'), 'accepted'],
  ] as const) {
    assert.equal(
      codeOf(() => objectTags([one])),
      code,
      JSON.stringify(one),
    );
  }
  assert.equal(
    codeOf(() => objectTags([tag('a', '1'), tag('a', '2')])),
    'InvalidTag',
  );
  assert.deepEqual(objectTags([tag('b'), tag('a'), tag('A')]), [tag('A'), tag('a'), tag('b')]);
});

test('the header is a query of tags', () => {
  const of = (header: string) => taggingOf({ 'x-amz-tagging': header });
  assert.equal(taggingOf({}), undefined);
  assert.equal(of(''), undefined);
  assert.deepEqual(of('foo=bar&bar'), [tag('bar'), tag('foo', 'bar')]);
  assert.deepEqual(of('a=b%3Dc+d&__proto__=x'), [tag('__proto__', 'x'), tag('a', 'b=c d')]);
  assert.deepEqual(of('gr%C3%BCn=%2B'), [tag('grün', '+')]);
  for (const [header, code] of [
    ['a=%', 'InvalidArgument'],
    ['a=%FF', 'InvalidArgument'],
    ['a=1&a=2', 'InvalidArgument'],
    ['a=1&', 'InvalidTag'],
    ['=1', 'InvalidTag'],
    ['a=%3C', 'InvalidTag'],
    [
      numbered(11)
        .map(({ key }) => key)
        .join('&'),
      'BadRequest',
    ],
  ] as const) {
    assert.equal(
      codeOf(() => of(header)),
      code,
      header,
    );
  }
});

test('tags written as a header are read back the same', () => {
  const tags = objectTags([tag('a b', 'c=d'), tag('ü@+', '/:'), tag('empty')]);
  assert.deepEqual(taggingOf({ 'x-amz-tagging': taggingText(tags) }), tags);
});

test('tags beside a copy count only when they replace those of its source', () => {
  const headers = { 'x-amz-copy-source': '/b/k', 'x-amz-tagging': 'a=1' };
  assert.equal(taggingOf(headers), undefined);
  assert.deepEqual(taggingOf({ ...headers, 'x-amz-tagging-directive': 'REPLACE' }), [tag('a', '1')]);
  assert.equal(
    codeOf(() => taggingOf({ ...headers, 'x-amz-tagging-directive': 'replace' })),
    'InvalidArgument',
  );
});
