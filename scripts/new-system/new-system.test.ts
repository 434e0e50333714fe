// A new system passes the whole gate as the script leaves it: shown on a copy of this repository.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { writeSystem } from './write-system.ts';

const root = resolve(import.meta.dirname, '../..');
const name = 'rate-limiter-example';
let copy: string;

before(() => {
  copy = mkdtempSync(join(tmpdir(), 'cairn-new-system-'));
  const left = new Set(['.git', 'data', 'dist'].map((name) => join(root, name)));
  const filter = (path: string): boolean => !left.has(path) && basename(path) !== 'node_modules';
  cpSync(root, copy, { recursive: true, filter });
  linkModules();
});

after(() => rmSync(copy, { recursive: true, force: true }));

test('the script makes a system and registers it', () => {
  // npm would link the new package; in the copy the link is made by hand.
  symlinkSync(join(copy, 'systems', name), join(copy, 'node_modules/@cairn', name));
  run('scripts/new-system/new-system.ts', name, '--no-install');
  const list = readFileSync(join(copy, 'apps/cairn/src/systems.ts'), 'utf8');
  assert.match(list, /rateLimiterExampleSystem/);
});

test('the compiler accepts it', () => {
  run('node_modules/typescript/bin/tsc', '-p', copy);
});

test('the linter accepts it as the formatter leaves it', () => {
  run(
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--error-on-warnings',
    `systems/${name}`,
    'apps/cairn',
  );
});

test('the house rules accept it', () => {
  run('--test', 'scripts/tidy/tidy.test.ts', 'scripts/docs/pages.test.ts');
});

test('its own tests pass', () => {
  const output = run('--test', '--test-reporter=tap', `systems/${name}/**/*.test.ts`);
  assert.match(output, /^# pass [1-9]/m);
});

test('cairn knows its configuration', () => {
  const output = run('apps/cairn/bin/cairn.js', 'config', '--set', `${name}.countersMax=7`);
  assert.match(output, /rate-limiter-example\.countersMax +7 +flag --set/);
});

test('a second system of that name is refused', () => {
  assert.throws(() => writeSystem(copy, name), { message: /it exists/ });
});

/** Everything installed by a link, but our own packages by links into the copy. */
function linkModules(): void {
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@cairn'), { recursive: true });
  for (const entry of readdirSync(join(root, 'node_modules')))
    if (entry !== '@cairn' && entry !== '.cache')
      symlinkSync(join(root, 'node_modules', entry), join(modules, entry));
  for (const layer of ['foundation', 'systems', 'apps'])
    for (const folder of readdirSync(join(copy, layer)))
      symlinkSync(join(copy, layer, folder), join(modules, '@cairn', folder));
}

/** Runs a script with this Node in the copy; gives its output, fails with it. */
function run(...parameters: readonly string[]): string {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const options = { cwd: copy, encoding: 'utf8', env: environment } as const;
  const result = spawnSync(process.execPath, parameters, options);
  const command = parameters.map((parameter) => relative('.', parameter) || parameter).join(' ');
  assert.equal(result.status, 0, `${command}\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}
