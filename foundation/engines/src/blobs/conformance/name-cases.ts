// Names: any Unicode text is one, and no two are the same.

import assert from 'node:assert/strict';
import { type Blobs, blobNameBytesMax } from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';
import type { BlobsCase } from './blobs-case.ts';
import { assertHolds, byUtf8Bytes } from './bytes.ts';

export const nameCases: readonly BlobsCase[] = [
  {
    title: 'names that are prefixes, cases, accents or escapes of others are apart',
    async run(blobs, { features }) {
      const names = [
        'a',
        'a/b',
        'a/',
        'a//',
        'a//b',
        'A',
        'A/b',
        'a+',
        'a+/b',
        'a%',
        'a%2f',
        'a%2Fb',
        'a&',
        'a b',
      ];
      names.push(
        'é',
        'e\u0301',
        'É',
        'ß',
        'ss',
        '日本/語',
        '\u{1f600}',
        '.hidden',
        '.tmp',
        '.tmp/x',
        'x.',
        'con',
      );
      names.push(
        '~',
        "it's",
        '"quoted"',
        '<&>',
        '\\',
        'a\\b',
        'a:b',
        '*?',
        '#',
        'a?b=c',
        '-rf',
        ' ',
        '=',
        'a\tb',
      );
      await assertAllApart(blobs, names, features.byteOrder);
    },
  },
  {
    title: 'names of slashes alone are apart',
    async run(blobs, { features }) {
      await assertAllApart(blobs, ['x/', 'x//', 'x///', 'x/y//', '/x', '//x', '/', '//'], features.byteOrder);
    },
  },
  {
    title: 'dot segments are names and lead nowhere',
    needs: 'dotSegments',
    async run(blobs, { features }) {
      const names = [
        '.',
        '..',
        '../x',
        'a/../x',
        'a/./x',
        '../../../../../../tmp/x',
        'a/..',
        'a/.',
        '...',
        'x',
      ];
      await assertAllApart(blobs, names, features.byteOrder);
    },
  },
  {
    title: 'names hold control characters',
    needs: 'controlCharacters',
    async run(blobs, { features }) {
      await assertAllApart(
        blobs,
        ['a\u0001', 'a\n', 'a\r', 'a\r\n', 'a\u007f', 'a\uffff'],
        features.byteOrder,
      );
    },
  },
  {
    title: 'long names, and long segments that share their start, are apart',
    async run(blobs, { features }) {
      const names = [79, 80, 81, 160, 161, 255, 256, 400].flatMap((length) => {
        const segment = 'x'.repeat(length);
        return [segment, `${segment}/`, `${segment}!`, `${segment}/y`, `${segment}0/y`];
      });
      names.push('é'.repeat(150), '/y'.repeat(200), 'z'.repeat(blobNameBytesMax));
      await assertAllApart(blobs, names, features.byteOrder);
    },
  },
  {
    title: 'what cannot be a name is refused',
    async run(blobs) {
      const isInvalid = (error: unknown) => error instanceof BlobsError && error.code === 'invalid-name';
      for (const name of ['', 'a\0b', '\ud800', 'x'.repeat(blobNameBytesMax + 1), 'é'.repeat(451)]) {
        await assert.rejects(blobs.put(name, Buffer.from('x')), isInvalid);
        await assert.rejects(blobs.get(name), isInvalid);
        await assert.rejects(blobs.head(name), isInvalid);
        await assert.rejects(blobs.delete(['fine', name]), isInvalid);
      }
    },
  },
];

/** Puts all, gets each, lists them in order, deletes one after the other and sees only that one go. */
async function assertAllApart(blobs: Blobs, names: readonly string[], byteOrder: boolean): Promise<void> {
  await Promise.all(names.map((name) => blobs.put(name, Buffer.from(`at ${name}`))));
  for (const name of names) await assertHolds(blobs, name, Buffer.from(`at ${name}`));
  const listed = (await blobs.list({ prefix: '' })).blobs.map((info) => info.name);
  assert.deepEqual(byteOrder ? listed : listed.sort(byUtf8Bytes), [...names].sort(byUtf8Bytes));
  const left = new Set(names);
  for (const name of names) {
    await blobs.delete([name]);
    left.delete(name);
    assert.equal(await blobs.head(name), undefined, `${JSON.stringify(name)} was deleted`);
    const remaining = (await blobs.list({ prefix: '' })).blobs.length;
    assert.equal(remaining, left.size, `after ${JSON.stringify(name)} was deleted`);
  }
}
