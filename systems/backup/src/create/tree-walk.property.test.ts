// Random changes of a tree between two backups, against a backup that knows nothing and against the disk.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { assertMatchesDisk } from '../../test/compare-with-disk.ts';
import { GeneratedTree } from '../../test/generated-tree.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { ChunksInMemory, entriesOf, walkInMemory } from '../../test/walk-in-memory.ts';

test('whatever changed, a backup with a parent is what one without would be, and what lies on the disk', async (t) => {
  const random = seededRandom(t);
  const directory = await temporaryDirectory(t);
  const tree = new GeneratedTree(directory, random);
  tree.fill();
  const store = new ChunksInMemory();
  let parent = walkInMemory(store, { paths: [directory] }).root;
  for (let backup = 0; backup < 25; backup += 1) {
    for (let changes = random.integer(8); changes > 0; changes -= 1) tree.change();
    const withParent = walkInMemory(store, { paths: [directory], parent });
    const without = walkInMemory(store, { paths: [directory] });
    const entries = entriesOf(store, withParent.root);
    assert.deepEqual(entries.get(directory), entriesOf(store, without.root).get(directory));
    assertMatchesDisk(entries, directory);
    assert.equal(withParent.problems.length, 0);
    parent = withParent.root;
  }
});
