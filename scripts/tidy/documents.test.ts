// That the rules for documents fire.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLinks } from './links.ts';
import { checkDependencyLines, checkFirstCommands, checkReadmeLength, checkSystemsTable } from './readmes.ts';
import { checkErrorCodes, checkMetrics, errorCodesOf } from './reference.ts';
import { repositoryOf } from './repository.ts';

test('links to files, folders, headings and the web lead somewhere', () => {
  const text =
    '# A page\n[a](docs/b.md) [c](docs) [d](docs/b.md#what-it-is) [e](#a-page) [f](https://nodejs.org)\n';
  assert.deepEqual(checkLinks(repositoryOf({ 'README.md': text, 'docs/b.md': '## What it is\n' })), []);
});

test('a link to nothing is reported with its line', () => {
  const text = '# A\n\n[b](../b.md), `[code](not-a-link.md)`, [c](a.md#gone)\n';
  assert.deepEqual(checkLinks(repositoryOf({ 'docs/a.md': text })), [
    { path: 'docs/a.md', line: 3, message: "link '../b.md' leads nowhere" },
    { path: 'docs/a.md', line: 3, message: "link 'a.md#gone' names no heading of docs/a.md" },
  ]);
});

const manifest = '{"name":"@cairn/a","dependencies":{"zod":"4.0.0","@cairn/world":"0.1.0"}}';

test('a long README is reported, its compatibility table does not count', () => {
  const long = 'line\n'.repeat(101);
  const check = (readme: string) =>
    checkReadmeLength(repositoryOf({ 'systems/a/package.json': manifest, 'systems/a/README.md': readme }));
  assert.equal(check(long).length, 1);
  assert.equal(check(`# A\n\n## Compatibility\n\n${long}`).length, 0);
  assert.equal(check(`# A\n\n## Compatibility\n\n${long}\n## Numbers\n${long}`).length, 1);
});

test('a dependency without its line is reported, our own packages need none', () => {
  const check = (readme: string) =>
    checkDependencyLines(repositoryOf({ 'systems/a/package.json': manifest, 'systems/a/README.md': readme }));
  assert.deepEqual(check('- `zod` validates what comes in.'), []);
  assert.equal(check('zod').length, 1);
});

test('a system that is missing in README is reported', () => {
  const check = (readme: string) =>
    checkSystemsTable(repositoryOf({ 'systems/a/package.json': manifest, 'README.md': readme }));
  assert.deepEqual(check('| [a](systems/a/README.md) |'), []);
  assert.equal(check('| a |').length, 1);
});

test('README without the two commands is reported', () => {
  assert.equal(checkFirstCommands(repositoryOf({ 'README.md': 'npm ci && npm start' })).length, 1);
});

const errors = `export const errors = {
  NoSuchKey: { status: 404 },
  'not-found': { status: 404 },
} as const satisfies Record<string, unknown>;
`;

test('the codes of an error table are found', () => {
  assert.deepEqual(errorCodesOf(errors), ['NoSuchKey', 'not-found']);
});

test('an error code that no document explains is reported', () => {
  const files = { 'systems/a/package.json': manifest, 'systems/a/src/errors.ts': errors };
  const check = (design: string) =>
    checkErrorCodes(repositoryOf({ ...files, 'systems/a/DESIGN.md': design }));
  assert.deepEqual(check('`NoSuchKey` and `not-found`'), []);
  assert.equal(check('`NoSuchKeys` and `not-found-here`').length, 2);
});

test('a metric that no document explains is reported, one in a comment is none', () => {
  const source =
    "// metrics.counter('cairn_example_total')\nconst a = metrics.counter('cairn_a_total', {});\n";
  const files = { 'systems/a/package.json': manifest, 'systems/a/src/a.ts': source };
  assert.deepEqual(checkMetrics(repositoryOf({ ...files, 'docs/metrics.md': '`cairn_a_total`' })), []);
  assert.deepEqual(checkMetrics(repositoryOf(files)), [
    { path: 'systems/a/src/a.ts', line: 2, message: "'cairn_a_total' is documented nowhere" },
  ]);
});
