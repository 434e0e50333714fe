// That the rules for single files fire.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAnatomy, checkManifests, systemFiles } from './anatomy.ts';
import { checkLockFile, checkPortability } from './portability.ts';
import { type Rule, repositoryOf } from './repository.ts';
import {
  checkDepth,
  checkEarlyTests,
  checkLeftovers,
  checkNames,
  checkOpening,
  checkSkips,
} from './source-files.ts';

const cases: readonly {
  name: string;
  rule: Rule;
  passes: Record<string, string>;
  fails: Record<string, string>;
}[] = [
  {
    name: 'a file must not be called after nothing',
    rule: checkNames,
    passes: { 'a/src/segment-reader.ts': '' },
    fails: { 'a/src/utils.ts': '', 'a/src/string-helpers.ts': '', 'a/src/lock-manager.test.ts': '' },
  },
  {
    name: 'a file must not lie three folders deep',
    rule: checkDepth,
    passes: { 'a/src/one/two/x.ts': '' },
    fails: { 'a/src/one/two/three/x.ts': '' },
  },
  {
    name: 'a file must say what it is',
    rule: checkOpening,
    passes: {
      'a.ts': '// What it is.\n',
      'b.js': '#!/usr/bin/env node\n// What.\n',
      'c/index.ts': 'export {};\n',
      'a.test.ts': "import './a.ts';\n",
    },
    fails: {
      'a.ts': "import { x } from './x.ts';\n",
      'test/c.test.ts': "import '../a.ts';\n",
      'b.js': '#!/usr/bin/env node\nstart();\n',
    },
  },
  {
    name: 'nothing may be left for later',
    rule: checkLeftovers,
    passes: { 'a.ts': '// All of it is done.\n' },
    fails: { 'a.ts': `// ${'TO' + 'DO'}: the rest\n`, 'b.md': `${'FIX' + 'ME'}\n` },
  },
  {
    name: 'a test may skip for a reason only',
    rule: checkSkips,
    passes: { 'a.test.ts': "test('x', { skip: reason }, () => {});\n" },
    fails: {
      'a.test.ts': "test('x', { skip: true }, () => {});\n",
      'b.test.ts': "test('x', { todo: true }, () => {});\n",
      'c.test.ts': "t.todo('later');\n",
    },
  },
  {
    name: 'early tests have to run',
    rule: checkEarlyTests,
    passes: {
      'a.test.ts': 'const { test, run } = earlyTests();\nawait run();\n',
      'b.test.ts': "test('x');\n",
    },
    fails: { 'a.test.ts': 'const { test, run } = earlyTests();\n// await run();\n' },
  },
  {
    name: 'no machine and no registry may be named',
    rule: checkPortability,
    passes: { 'a.ts': "'/usr/bin/env'; '/tmp/x'; 'network/worker'\n", 'b.md': 'https://nodejs.org\n' },
    fails: {
      'a.ts': `// see ${'/' + 'work/main'}\n`,
      'b.md': `${'/' + 'Users/anna'}/cairn\n`,
      'c.json': `"https://${'registry.' + 'npmjs'}.org/x"\n`,
    },
  },
  {
    name: 'the lock file may not say where packages were downloaded',
    rule: checkLockFile,
    passes: { 'package-lock.json': '{ "resolved": "foundation/world", "link": true }' },
    fails: { 'package-lock.json': '{ "resolved": "https://example.org/x.tgz" }' },
  },
  {
    name: 'the lock file must hold the packages of every platform',
    rule: checkLockFile,
    passes: {
      'package-lock.json': locked(['node_modules/a', 'node_modules/a-linux', 'node_modules/a-darwin']),
    },
    fails: { 'package-lock.json': locked(['node_modules/a', 'node_modules/a-linux']) },
  },
];

for (const { name, rule, passes, fails } of cases) {
  test(name, () => {
    assert.deepEqual(rule(repositoryOf(passes)), []);
    assert.deepEqual(
      rule(repositoryOf(fails)).map(({ path }) => path),
      Object.keys(fails),
    );
  });
}

function locked(paths: readonly string[]): string {
  const optionalDependencies = { 'a-linux': '1.0.0', 'a-darwin': '1.0.0' };
  const entries = paths.map((path) => [path, path === 'node_modules/a' ? { optionalDependencies } : {}]);
  return JSON.stringify({ packages: Object.fromEntries(entries) });
}

const manifest =
  '{"name":"@cairn/a","type":"module","license":"Apache-2.0","exports":{".":"./src/index.ts"}}';
const system = Object.fromEntries(systemFiles.map((file) => [`systems/a/${file}`, '']));
const whole = { ...system, 'systems/a/package.json': manifest, 'systems/a/test/a.test.ts': '' };

test('a whole system passes', () => {
  assert.deepEqual(checkAnatomy(repositoryOf(whole)), []);
  assert.deepEqual(checkManifests(repositoryOf(whole)), []);
});

for (const file of [...systemFiles, 'test/a.test.ts'].filter((name) => name !== 'package.json')) {
  test(`a system without ${file} is reported`, () => {
    const lacking = new Map(repositoryOf(whole));
    lacking.delete(`systems/a/${file}`);
    assert.equal(checkAnatomy(lacking).length, 1);
  });
}

test('a part of a package of the foundation may be loaded alone, under the name of its file', () => {
  const faultsOf = (folder: string, entry: string, file: string) => {
    const exports = { '.': './src/index.ts', [entry]: file };
    const text = JSON.stringify({ ...JSON.parse(manifest), exports });
    return checkManifests(repositoryOf({ [`${folder}/package.json`]: text })).length;
  };
  assert.equal(faultsOf('foundation/a', './part', './src/part.ts'), 0);
  assert.equal(faultsOf('foundation/a', './part', './src/deep/part.ts'), 1);
  assert.equal(faultsOf('foundation/a', './deep/part', './src/deep/part.ts'), 1);
  assert.equal(faultsOf('systems/a', './part', './src/part.ts'), 1);
  assert.equal(faultsOf('systems/a', './system', './src/system.ts'), 0);
});

test('a manifest of another form is reported', () => {
  const files = {
    'systems/a/package.json': '{"name":"a","exports":{".":"./src/index.ts","./deep":"./src/deep.ts"}}',
  };
  assert.equal(checkManifests(repositoryOf(files)).length, 4);
});
