// Listing: in the order of UTF-8 bytes, from anywhere, page by page.

import assert from 'node:assert/strict';
import { type Blobs, blobPageMax } from '../blobs.ts';
import type { BlobsCase } from './blobs-case.ts';
import { byUtf8Bytes } from './bytes.ts';

/** `!` and `-` sort before `/`, `0` after it; U+FF5E before the emoji in UTF-8, after it in UTF-16. */
const names = [
  'a',
  'a!',
  'a-',
  'a/',
  'a/b',
  'a/b/c',
  'a/c',
  'a0',
  'b',
  'ä',
  '\uff5e',
  '\u{1f600}',
  '\u{1f600}/x',
];

export const listingCases: readonly BlobsCase[] = [
  {
    title: 'an empty place has an empty listing',
    async run(blobs) {
      assert.deepEqual(await blobs.list({ prefix: '' }), { blobs: [], more: false });
      assert.deepEqual(await blobs.list({ prefix: 'a/b', after: 'a/b/c' }), { blobs: [], more: false });
    },
  },
  {
    title: 'names are listed in the order of their UTF-8 bytes',
    needs: 'byteOrder',
    async run(blobs) {
      await putAll(blobs, names);
      assert.deepEqual(await namesOf(blobs, { prefix: '' }), names);
    },
  },
  {
    title: 'a prefix ends anywhere, also within a segment or a character',
    needs: 'byteOrder',
    async run(blobs) {
      await putAll(blobs, names);
      for (const prefix of ['a', 'a/', 'a/b', 'a/b/', 'b', 'c', 'ä', '\u{1f600}', '\u{1f600}/', 'a/b/c/d']) {
        const expected = names.filter((name) => name.startsWith(prefix));
        assert.deepEqual(await namesOf(blobs, { prefix }), expected, `prefix ${prefix}`);
      }
    },
  },
  {
    title: 'a listing starts after any name, whether it exists or not',
    needs: 'byteOrder',
    async run(blobs) {
      await putAll(blobs, names);
      const positions = [
        ...names,
        ' ',
        'a"',
        'a.',
        'a/a',
        'a/b/',
        'a/b/c/d',
        'a1',
        '~',
        '\u{1f601}',
        '\u{10ffff}',
      ];
      for (const prefix of ['', 'a', 'a/']) {
        for (const after of positions) {
          const expected = names.filter((name) => name.startsWith(prefix) && byUtf8Bytes(name, after) > 0);
          assert.deepEqual(await namesOf(blobs, { prefix, after }), expected, `${prefix} after ${after}`);
        }
      }
    },
  },
  {
    title: 'pages of any size give every name once and tell when there is more',
    needs: 'byteOrder',
    async run(blobs) {
      await putAll(blobs, names);
      for (let limit = 1; limit <= names.length + 1; limit++) {
        const seen: string[] = [];
        for (let more = true; more; ) {
          const after = seen.at(-1);
          const page = await blobs.list({ prefix: '', limit, ...(after !== undefined && { after }) });
          assert(page.blobs.length > 0 && page.blobs.length <= limit);
          seen.push(...page.blobs.map((info) => info.name));
          more = page.more;
          assert.equal(more, seen.length < names.length, `${seen.length} of ${names.length} by ${limit}`);
        }
        assert.deepEqual(seen, names);
      }
    },
  },
  {
    title: 'a page holds at most 1,000 names',
    async run(blobs) {
      const many = Array.from({ length: blobPageMax + 5 }, (_, index) => `group-${index % 7}/${index}`);
      for (let start = 0; start < many.length; start += 50) {
        await putAll(blobs, many.slice(start, start + 50));
      }
      const first = await blobs.list({ prefix: '' });
      assert.equal(first.blobs.length, blobPageMax);
      assert.equal(first.more, true);
      const second = await blobs.list({ prefix: '', after: first.blobs.at(-1)!.name });
      assert.equal(second.blobs.length, 5);
      assert.equal(second.more, false);
      await assert.rejects(blobs.list({ prefix: '', limit: blobPageMax + 1 }), { code: 'ERR_ASSERTION' });
    },
  },
];

async function putAll(blobs: Blobs, all: readonly string[]): Promise<void> {
  await Promise.all(all.map((name) => blobs.put(name, Buffer.from(name))));
}

async function namesOf(
  blobs: Blobs,
  options: { readonly prefix: string; readonly after?: string },
): Promise<string[]> {
  return (await blobs.list(options)).blobs.map((info) => info.name);
}
