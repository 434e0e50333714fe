// That the dependency and cycle rules fire.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCycles, cyclesOf } from './cycles.ts';
import { checkDeclaredAreUsed, checkUsedAreDeclared } from './dependencies.ts';
import { repositoryOf } from './repository.ts';

const manifest = JSON.stringify({
  name: '@cairn/a',
  dependencies: { pg: '8.0.0' },
  devDependencies: { '@types/pg': '8.0.0', tape: '1.0.0' },
});

test('what is used and declared passes', () => {
  const repository = repositoryOf({
    'foundation/a/package.json': manifest,
    'foundation/a/src/a.ts': "import { readFile } from 'node:fs/promises';\nimport pg from 'pg';\n",
    'foundation/a/src/a.test.ts': "import tape from 'tape';\n",
  });
  assert.deepEqual(checkUsedAreDeclared(repository), []);
  assert.deepEqual(checkDeclaredAreUsed(repository), []);
});

test('what is used but not declared is reported with its line', () => {
  const repository = repositoryOf({
    'foundation/a/package.json': manifest,
    'foundation/a/src/a.ts': "import pg from 'pg';\nimport { z } from 'zod/v4';\n",
  });
  assert.deepEqual(checkUsedAreDeclared(repository), [
    {
      path: 'foundation/a/src/a.ts',
      line: 2,
      message: "'zod' is not in the dependencies of foundation/a/package.json",
    },
  ]);
});

test('code may not use a devDependency', () => {
  const repository = repositoryOf({
    'foundation/a/package.json': manifest,
    'foundation/a/src/a.ts': "import tape from 'tape';\n",
  });
  assert.equal(checkUsedAreDeclared(repository).length, 1);
});

test('what is declared but not used is reported', () => {
  const repository = repositoryOf({ 'foundation/a/package.json': manifest, 'foundation/a/src/a.ts': '' });
  assert.deepEqual(
    checkDeclaredAreUsed(repository).map(({ message }) => message),
    ['pg', '@types/pg', 'tape'].map((name) => `declares '${name}' but does not use it`),
  );
});

test('a cycle over three files is found', () => {
  const repository = repositoryOf({
    'foundation/a/src/a.ts': "import { b } from './b.ts';\n",
    'foundation/a/src/b.ts': "import { c } from './deep/c.ts';\n",
    'foundation/a/src/deep/c.ts': "import { a, type B } from '../a.ts';\n",
  });
  assert.deepEqual(
    checkCycles(repository).map(({ message }) => message),
    [
      'imports itself: foundation/a/src/a.ts -> foundation/a/src/b.ts -> foundation/a/src/deep/c.ts -> foundation/a/src/a.ts',
    ],
  );
});

test('a type imported back is no cycle', () => {
  const repository = repositoryOf({
    'foundation/a/src/a.ts': "import { b } from './b.ts';\n",
    'foundation/a/src/b.ts': "import type { A } from './a.ts';\n",
  });
  assert.deepEqual(checkCycles(repository), []);
});

test('two ways to one file are no cycle', () => {
  const edges = new Map([
    ['a', ['b', 'c']],
    ['b', ['d']],
    ['c', ['d']],
    ['d', []],
  ]);
  assert.deepEqual(cyclesOf(edges), []);
});
