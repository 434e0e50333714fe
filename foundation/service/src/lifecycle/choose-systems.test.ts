// Which systems start, in what order, and what is said when that cannot be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeSystem } from '../../test/fake-systems.ts';
import { UnusableStart } from '../unusable-start.ts';
import { chooseSystems } from './choose-systems.ts';

const definitions = [
  fakeSystem('drive', { uses: ['object-storage', 'identity'] }),
  fakeSystem('object-storage', { uses: ['identity'], nouns: ['s3'] }),
  fakeSystem('identity'),
  fakeSystem('monitoring'),
];
const namesOf = (only?: readonly string[]) => chooseSystems(definitions, only).map(({ name }) => name);

test('each system starts after those that it uses, however they are listed', () => {
  assert.deepEqual(namesOf(), ['identity', 'object-storage', 'drive', 'monitoring']);
});

test('only the named systems are mounted, by name or by another noun, once each', () => {
  assert.deepEqual(namesOf(['s3', 'identity', 'object-storage']), ['identity', 'object-storage']);
});

function assertUsage(only: readonly string[], message: RegExp): void {
  assert.throws(
    () => namesOf(only),
    (error) => {
      assert(error instanceof UnusableStart && error.code === 'usage' && error.exitCode === 2);
      assert.match(error.message, message);
      return true;
    },
  );
}

test('a system that is left out although another uses it is told', () => {
  assertUsage(['object-storage'], /could not mount object-storage without identity.*add identity to --only/);
});

test('an unknown name is told with its nearest neighbour, or with all there are', () => {
  assertUsage(['object-storge'], /there is no system 'object-storge': did you mean 'object-storage'\?/);
  assertUsage(['xyz'], /there are drive, object-storage, identity, monitoring/);
});

test('systems that use each other in a circle, or one that is not defined, are mistakes', () => {
  const circle = [fakeSystem('a', { uses: ['b'] }), fakeSystem('b', { uses: ['a'] })];
  assert.throws(() => chooseSystems(circle, undefined), { name: 'AssertionError', message: /a -> b -> a/ });
  const missing = [fakeSystem('a', { uses: ['b'] })];
  assert.throws(() => chooseSystems(missing, undefined), { name: 'AssertionError', message: /uses 'b'/ });
});
