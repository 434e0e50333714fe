import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromByteString, parseEntry, pathOf, toByteString } from './blob-path.ts';

const cases: Record<string, string> = {
  a: 'a',
  'a/b': 'a+/b',
  '../x': '%2e.+/x',
  'a/.hidden': 'a+/%2ehidden',
  'Ä.JPG': '%c3%84.%4a%50%47',
  'a//': 'a+/%+/%',
  '/': '%+/%',
  '100%': '100%25',
  'a+b&c': 'a%2bb%26c',
};

for (const [name, path] of Object.entries(cases)) {
  test(`${JSON.stringify(name)} lies at ${path} and is read back from there`, () => {
    assert.equal(joined(name), path);
    const bytes = path
      .split('/')
      .map((entry) => parseEntry(entry)!.bytes)
      .join('');
    assert.equal(fromByteString(bytes), name);
  });
}

test('a long segment goes on in folders, none of whose names is over 255 bytes', () => {
  const name = `${'é'.repeat(200)}/${'x'.repeat(80)}`;
  const entries = joined(name).split('/');
  assert(entries.every((entry) => entry.length <= 255));
  assert.equal(entries.length, 5 + 1 + 2);
  assert.equal(entries.at(-1), '%', 'after 80 bytes nothing is left');
  assert.equal(fromByteString(entries.map((entry) => parseEntry(entry)!.bytes).join('')), name);
});

test('what is not written as we write it is none of ours', () => {
  for (const entry of ['.tmp', '.', 'README', '%61', 'a%2F', 'a%2', '%%', 'ä', 'a b', '', '+', '&']) {
    assert.equal(parseEntry(entry), undefined, entry);
  }
});

function joined(name: string): string {
  const { folders, file } = pathOf(toByteString(name));
  return [...folders, file].join('/');
}
