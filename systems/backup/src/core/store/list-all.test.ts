import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobInfo, BlobPage, Blobs, ListOptions } from '@cairn/engines';
import { isBackupError } from '../../../test/backup-error.ts';
import { listPacks } from '../chunk-index/list-packs.ts';
import { listAll } from './list-all.ts';

const info = (name: string): BlobInfo => ({ name, sizeBytes: 1, modifiedMs: 0 });

/** A store of which nothing but listings is asked. */
function listing(answer: (options: ListOptions) => BlobPage): Blobs {
  return { list: async (options: ListOptions) => answer(options) } as unknown as Blobs;
}

test('pages are joined, and names beyond the basic plane come behind all others', async () => {
  const names = ['a', 'b', 'b0', '\uffee', '\u{1f600}'];
  const store = listing(({ after = '' }) => {
    const next = names.slice(names.indexOf(after) + 1);
    return { blobs: next.slice(0, 2).map(info), more: next.length > 2 };
  });
  assert.deepEqual(
    (await listAll(store, '')).map(({ name }) => name),
    names,
  );
});

for (const [title, pages] of Object.entries({
  'a page that comes again': [{ blobs: [info('packs/a'), info('packs/b')], more: true }],
  'pages of which the second begins before the end of the first': [
    { blobs: [info('packs/b')], more: true },
    { blobs: [info('packs/a')], more: false },
  ],
  'a page whose names are in no order': [{ blobs: [info('packs/b'), info('packs/a')], more: false }],
  'a page without names that is not the last': [{ blobs: [], more: true }],
  'names that are not below the prefix': [{ blobs: [info('snapshots/a')], more: false }],
})) {
  test(`${title} is an error, neither a loop nor a shorter listing`, { timeout: 10_000 }, async () => {
    for (const list of [(blobs: Blobs) => listAll(blobs, 'packs/'), listPacks]) {
      const left = [...pages];
      const store = listing(() => left.shift() ?? pages.at(-1)!);
      await assert.rejects(list(store), isBackupError('store', /its listing/));
    }
  });
}
