// Names of fields and files, as browsers and programs write them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partName } from './part-name.ts';

test('names are read in every form that clients write', () => {
  for (const [head, name, fileName] of [
    ['Content-Disposition: form-data; name="Key"', 'key', undefined],
    ['content-disposition:form-data;name=key', 'key', undefined],
    [
      'Content-Type: text/plain\r\nContent-Disposition: form-data; name="file"; filename="a b.jpg"',
      'file',
      'a b.jpg',
    ],
    ['Content-Disposition: form-data; filename="a;name=x.jpg"; name="file"', 'file', 'a;name=x.jpg'],
    ['Content-Disposition: form-data; name="file"; filename="a %22b%22.jpg"', 'file', 'a "b".jpg'],
    ['Content-Disposition: form-data; name="file"; filename="a \\"b\\".jpg"', 'file', 'a "b".jpg'],
    ['Content-Disposition: form-data; name="file"; filename="C:\\dir\\a.jpg"', 'file', 'a.jpg'],
    ['Content-Disposition: form-data; name="file"; filename="../../a.jpg"', 'file', 'a.jpg'],
    ['Content-Disposition: form-data; name="file"; filename=""', 'file', ''],
    ['Content-Disposition: form-data; name="file"; filename*=utf-8\'\'%C3%BC%20a.jpg', 'file', 'ü a.jpg'],
    ['Content-Disposition: form-data; name="file"; filename="x"; filename*=utf-8\'\'%zz', 'file', 'x'],
  ] as const) {
    assert.deepEqual(partName(head), { name, fileName }, head);
  }
});

test('a part without a name is none', () => {
  for (const head of [
    '',
    'Content-Type: text/plain',
    'Content-Disposition: attachment; name="a"',
    'Content-Disposition: form-data',
    'Content-Disposition: form-data; name=""',
    'X-Content-Disposition: form-data; name="a"',
  ]) {
    assert.equal(partName(head), undefined, head);
  }
});
