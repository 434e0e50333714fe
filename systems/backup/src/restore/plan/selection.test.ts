import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../test/seeded-random.ts';
import { pathBytes } from '../../manifest/path-text.ts';
import { Selection } from './selection.ts';

const selected = (selection: Selection, path: string) => selection.selects(pathBytes(path));
const entered = (selection: Selection, path: string) => selection.mayEnter(pathBytes(path));

test('without patterns everything is selected', () => {
  const selection = new Selection({});
  assert.ok(selection.isEverything && selected(selection, '/a/b') && entered(selection, '/a'));
});

test('what is below something included is included, and below something excluded excluded', () => {
  const selection = new Selection({ includes: ['/home'], excludes: ['cache'] });
  assert.ok(selected(selection, '/home/ann/a'));
  assert.ok(!selected(selection, '/etc/a'));
  assert.ok(!selected(selection, '/home/ann/cache/deep/a'));
});

test('directories that lead nowhere are not entered', () => {
  const selection = new Selection({ includes: ['/home/a*/x', '/etc/hosts'] });
  for (const path of ['/home', '/home/ann', '/home/ann/x', '/home/ann/x/below', '/etc'])
    assert.ok(entered(selection, path), path);
  for (const path of ['/usr', '/home/bob', '/home/ann/y', '/etc/ssl'])
    assert.ok(!entered(selection, path), path);
});

test('a directory is entered when anything below it may be selected', (t) => {
  const random = seededRandom(t);
  const pieces = ['a', 'b', '*', '**', '?', '[ab]', '\\a'];
  const pattern = () =>
    Array.from({ length: 1 + random.integer(3) }, () => pieces[random.integer(pieces.length)]).join('/');
  const paths = ['/a', '/b', '/a/a', '/a/b', '/b/a', '/a/b/a', '/a/a/b', '/b/b/b'];
  for (let round = 0; round < 2_000; round += 1) {
    const includes = [`${random.integer(2) ? '/' : ''}${pattern()}`];
    const excludes = random.integer(3) === 0 ? [pattern()] : [];
    const selection = new Selection({ includes, excludes });
    for (const path of paths.filter((one) => selected(selection, one)))
      for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
        assert.ok(
          entered(selection, path.slice(0, at)),
          `${includes} ${excludes}: ${path.slice(0, at)} of ${path}`,
        );
  }
});
