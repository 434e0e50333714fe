// That the linter and the compiler are set up to refuse what the house does not want: each case is a file that must be
// refused, with the rule that refuses it. So a changed configuration cannot switch a rule off unseen.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const inCore = (name: string): string => `systems/object-storage/src/core/${name}.ts`;

const cases: readonly { name: string; path?: string; source: string; rule: string }[] = [
  { name: 'any', source: 'export type A = any;', rule: 'noExplicitAny' },
  { name: 'an enum', source: 'export enum A {\n  B,\n}', rule: 'noEnum' },
  { name: 'a test that is skipped by hand', source: "test.skip('x', () => {});", rule: 'noSkippedTests' },
  { name: 'a test that runs alone', source: "test.only('x', () => {});", rule: 'noFocusedTests' },
  { name: 'more than 500 lines', source: 'export {};\n'.repeat(501), rule: 'noExcessiveLinesPerFile' },
  {
    name: 'a name not in kebab case',
    path: 'scripts/BadName.ts',
    source: '',
    rule: 'useFilenamingConvention',
  },
  {
    name: 'a parameter property',
    source: 'export class A {\n  constructor(readonly b: string) {}\n}',
    rule: 'noParameterProperties',
  },
  { name: 'the loose assert', source: "import assert from 'node:assert';", rule: 'useNodeAssertStrict' },
  {
    name: 'a promise nobody waits for',
    source: 'async function f(): Promise<void> {}\nf();',
    rule: 'noFloatingPromises',
  },
  {
    name: 'a core that reads the clock',
    path: inCore('example-1'),
    source: 'export const a = Date.now();',
    rule: 'plugin',
  },
  {
    name: 'a core that makes a date of now',
    path: inCore('example-2'),
    source: 'export const a = new Date();',
    rule: 'plugin',
  },
  {
    name: 'a core that draws at random',
    path: inCore('example-3'),
    source: 'export const a = Math.random();',
    rule: 'plugin',
  },
  {
    name: 'a core that sets a timer',
    path: inCore('example-4'),
    source: 'setTimeout(() => {}, 5);',
    rule: 'plugin',
  },
  {
    name: 'a core that opens files',
    path: inCore('example-5'),
    source: "import { readFileSync } from 'node:fs';\nreadFileSync('a');",
    rule: 'noRestrictedImports',
  },
  {
    name: 'a core that draws random bytes',
    path: inCore('example-6'),
    source: "import { randomBytes } from 'node:crypto';\nrandomBytes(1);",
    rule: 'noRestrictedImports',
  },
];

const files = cases.map(({ name, path, source }) => ({
  path: path ?? `scripts/${name.replaceAll(' ', '-')}.ts`,
  source: `// An example of ${name}.\n${source}\n`,
}));
const innocent = {
  path: inCore('innocent'),
  source: '// A date of a given instant.\nexport const date = new Date(5);\n',
};
const refusals = lint([...files, innocent]);

for (const [index, { name, rule }] of cases.entries()) {
  test(`the linter refuses ${name}`, () => {
    const rules = refusals.get(files[index]!.path) ?? [];
    assert.ok(rules.includes(rule), `wanted ${rule}, got ${rules.join(', ') || 'nothing'}`);
  });
}

test('the linter lets a core make a date of a number', () => {
  assert.equal(refusals.get(innocent.path), undefined);
});

/** Lints files in a folder of their own under this repository's configuration; gives the broken rules by path. */
function lint(examples: readonly { path: string; source: string }[]): ReadonlyMap<string, readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-linter-'));
  try {
    for (const name of ['biome.json', '.gitignore', 'scripts/tidy/deterministic-core.grit'])
      cpSync(join(root, name), join(folder, name));
    for (const { path, source } of examples) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
    return rulesByPath(runLinter(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Diagnostic = { readonly category: string; readonly location: { readonly path: string } };

function runLinter(folder: string): readonly Diagnostic[] {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const parameters = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'];
  const result = spawnSync(process.execPath, parameters, { cwd: folder, encoding: 'utf8' });
  assert.match(result.stdout, /^\{/, result.stderr);
  return JSON.parse(result.stdout).diagnostics;
}

function rulesByPath(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, readonly string[]> {
  const rules = new Map<string, string[]>();
  for (const { category, location } of diagnostics) {
    const known = rules.get(location.path);
    if (known === undefined) rules.set(location.path, [category.split('/').at(-1)!]);
    else known.push(category.split('/').at(-1)!);
  }
  return rules;
}
