import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HurtGraph } from './hurt-graph.ts';

test('what is hurt in a shared directory is found under each of its paths, and clean ones are not entered', () => {
  const graph = new HurtGraph();
  graph.add('root', [], [link('home/a', 'shared'), link('home/b', 'shared'), link('usr', 'clean')]);
  graph.add('shared', [place('x/file', [3])], [link('deep', 'deep')]);
  graph.add('deep', [place('', [4], true)], []);
  graph.add('clean', [], [link('sub', 'clean-below')]);
  graph.add('clean-below', [], []);
  assert.deepEqual(
    [...graph.placesBelow('root')].map(({ path, causes }) => [path, ...causes]),
    [
      ['home/a/x/file', 3],
      ['home/a/deep', 4],
      ['home/b/x/file', 3],
      ['home/b/deep', 4],
    ],
  );
  assert.deepEqual([...graph.placesBelow('clean')], []);
  assert.deepEqual([...graph.placesBelow('never seen')], []);
});

function link(path: string, key: string) {
  return { path, key };
}

function place(path: string, causes: readonly number[], directory = false) {
  return { path, causes, directory };
}
