// Every metric that a running Cairn exposes is explained on a page, whatever code registered it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { endpointOf, startCairn } from './cairn-process.ts';

const root = resolve(import.meta.dirname, '..');

test('every exposed metric is documented', async (t) => {
  const cairn = await startCairn(t, { data: await temporaryDirectory(t) });
  const response = await fetch(new URL('/metrics', endpointOf(cairn, 'service http')));
  const names = [...(await response.text()).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!);
  const pages = readPages();
  assert(names.length > 10);
  assert.deepEqual(
    names.filter((name) => !new RegExp(`\\b${name}\\b`).test(pages)),
    [],
  );
});

function readPages(): string {
  const systems = readdirSync(join(root, 'systems')).map((name) => join(root, 'systems', name));
  return [join(root, 'docs'), ...systems]
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.md'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}
