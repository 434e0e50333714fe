import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../simulated/seeded-random.ts';
import { DirectoryTree } from './directory-tree.ts';
import { StoredFile } from './stored-file.ts';

/** The sets of names that power losses of different seeds leave. */
function outcomes(prepare: (tree: DirectoryTree) => void): Set<string> {
  const found = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const tree = new DirectoryTree();
    for (const directory of ['/a', '/b']) tree.makeDirectory(directory);
    prepare(tree);
    tree.losePower(new SeededRandom(seed));
    found.add([...tree.files.keys()].sort().join(' '));
  }
  return found;
}

const sync = (tree: DirectoryTree, directory: string) => tree.completeSync(tree.beginSync(directory));

test('changes of different names are kept independently', () => {
  const found = outcomes((tree) => {
    tree.link('/a/x', new StoredFile(0));
    tree.link('/a/y', new StoredFile(0));
  });
  assert.deepEqual(found, new Set(['', '/a/x', '/a/y', '/a/x /a/y']));
});

test('changes of one name are never kept out of order', () => {
  const found = outcomes((tree) => {
    tree.link('/a/log', new StoredFile(0));
    sync(tree, '/a');
    tree.rename({ from: '/a/log', to: '/a/log.1' });
    tree.link('/a/log', new StoredFile(0));
  });
  assert.deepEqual(found, new Set(['/a/log', '/a/log.1', '/a/log /a/log.1']));
});

test('a rename across folders is durable with the folder of its new name', () => {
  const rename = (tree: DirectoryTree) => {
    tree.link('/a/x', new StoredFile(0));
    sync(tree, '/a');
    tree.rename({ from: '/a/x', to: '/b/x' });
  };
  const afterSyncOf = (directory: string) =>
    outcomes((tree) => {
      rename(tree);
      sync(tree, directory);
    });
  assert.deepEqual(afterSyncOf('/a'), new Set(['/a/x', '/b/x']));
  assert.deepEqual(afterSyncOf('/b'), new Set(['/b/x']));
});

test('a sync covers the changes made before it started', () => {
  const found = outcomes((tree) => {
    tree.link('/a/x', new StoredFile(0));
    const begun = tree.beginSync('/a');
    tree.link('/a/y', new StoredFile(0));
    tree.completeSync(begun);
  });
  assert.deepEqual(found, new Set(['/a/x', '/a/x /a/y']));
});
