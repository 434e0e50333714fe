// That the layer rules fire, and let through what is allowed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLayers, checkUseTable, readUseTable } from './layers.ts';
import { repositoryOf } from './repository.ts';

const architecture = `# Architecture

| package | may use |
| --- | --- |
| \`foundation/world\` | |
| \`foundation/testing\` | |
| \`systems/queue\` | \`foundation/world\` |
| \`systems/storage\` | \`foundation/world\`, \`systems/queue\` |
| \`apps/cairn\` | \`systems/storage\` |
`;

const manifests = {
  'docs/architecture.md': architecture,
  'foundation/world/package.json':
    '{"name":"@cairn/world","exports":{".":"./src/index.ts","./simulated":"./src/simulated.ts"}}',
  'foundation/testing/package.json': '{"name":"@cairn/testing"}',
  'systems/queue/package.json': '{"name":"@cairn/queue"}',
  'systems/storage/package.json': '{"name":"@cairn/storage"}',
  'apps/cairn/package.json': '{"name":"@cairn/cairn"}',
};

function faultsOf(files: Readonly<Record<string, string>>): readonly string[] {
  return checkLayers(repositoryOf({ ...manifests, ...files })).map(({ message }) => message);
}

test('imports that the table lists are allowed', () => {
  const source = "import type { World } from '@cairn/world';\nimport { push } from '@cairn/queue';\n";
  assert.deepEqual(faultsOf({ 'systems/storage/src/storage.ts': source }), []);
});

test('an import that the table does not list is refused', () => {
  assert.deepEqual(faultsOf({ 'systems/queue/src/queue.ts': "import { put } from '@cairn/storage';\n" }), [
    'systems/queue may not use systems/storage: docs/architecture.md does not list it',
  ]);
});

test('an import upwards is refused', () => {
  const source = "import {\n  open,\n  type Storage,\n} from '@cairn/storage';\n";
  assert.equal(faultsOf({ 'foundation/world/src/world.ts': source }).length, 1);
});

test('a dynamic import is an import', () => {
  const source = "const storage = await import('@cairn/storage');\n";
  assert.equal(faultsOf({ 'foundation/world/src/world.ts': source }).length, 1);
});

test('a relative path into another package is refused', () => {
  const source = "import { open } from '../../../foundation/world/src/world.ts';\n";
  assert.deepEqual(faultsOf({ 'systems/queue/src/queue.ts': source }), [
    "'../../../foundation/world/src/world.ts' reaches into foundation/world: import '@cairn/world' instead",
  ]);
});

test('scripts may not reach into a package by path either', () => {
  assert.equal(faultsOf({ 'scripts/x.ts': "import { a } from '../systems/queue/src/a.ts';\n" }).length, 1);
});

test('a deep import by name is refused', () => {
  const source = "import { open } from '@cairn/world/src/disk.ts';\n";
  assert.equal(faultsOf({ 'systems/queue/src/queue.ts': source }).length, 1);
});

test('another entry of a package is imported by its name, a file that is none is refused', () => {
  const entry = "import { Simulation } from '@cairn/world/simulated';\n";
  assert.deepEqual(faultsOf({ 'systems/queue/test/queue.ts': entry }), []);
  const file = "import { Volume } from '@cairn/world/volume';\n";
  assert.deepEqual(faultsOf({ 'systems/queue/test/queue.ts': file }), [
    "'@cairn/world/volume' reaches into foundation/world: import '@cairn/world'",
  ]);
});

test('the simulated world is for tests only', () => {
  const source = "import { Simulation } from '@cairn/world/simulated';\n";
  assert.deepEqual(faultsOf({ 'systems/queue/src/queue.test.ts': source }), []);
  assert.deepEqual(faultsOf({ 'systems/queue/src/queue.ts': source }), [
    "'@cairn/world/simulated' is for tests: a program that imports it loads it",
  ]);
  const type = "import type { Simulation } from '@cairn/world/simulated';\n";
  assert.deepEqual(faultsOf({ 'systems/queue/src/queue.ts': type }), []);
});

test('the test kit is for tests only', () => {
  const source = "import { findProgram } from '@cairn/testing';\n";
  assert.deepEqual(faultsOf({ 'systems/queue/src/queue.test.ts': source }), []);
  assert.equal(faultsOf({ 'systems/queue/src/queue.ts': source }).length, 1);
});

test('the table is read from the document', () => {
  assert.deepEqual(readUseTable(architecture).get('systems/storage'), ['foundation/world', 'systems/queue']);
});

test('the table must name every package', () => {
  const files = { ...manifests, 'systems/new/package.json': '{"name":"@cairn/new"}' };
  assert.deepEqual(
    checkUseTable(repositoryOf(files)).map(({ message }) => message),
    ['the table lacks a row for systems/new'],
  );
});

test('the table must not point up nor name what is not there', () => {
  const table =
    '| package | may use |\n| --- | --- |\n| `foundation/world` | `systems/queue`, `systems/gone` |\n';
  const messages = checkUseTable(
    repositoryOf({
      'docs/architecture.md': `${table}| \`systems/queue\` | |\n`,
      'foundation/world/package.json':
        '{"name":"@cairn/world","exports":{".":"./src/index.ts","./simulated":"./src/simulated.ts"}}',
      'systems/queue/package.json': '{"name":"@cairn/queue"}',
    }),
  ).map(({ message }) => message);
  assert.deepEqual(messages, [
    'foundation/world may not use systems/queue: it lies above',
    'foundation/world may use systems/gone, which is no package',
    'foundation/world may not use systems/gone: it lies above',
  ]);
});
