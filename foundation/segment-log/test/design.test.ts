// DESIGN.md and README.md against the code.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { segmentLogErrorCodes } from '../src/index.ts';
import { verdictCases } from '../src/read/verdict.ts';

const text = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');

/** The first cells of the rows of the table behind a heading. */
function firstColumn(document: string, heading: string): string[] {
  const section = document.slice(document.indexOf(`\n## ${heading}\n`)).split('\n## ')[1]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) => line.split('|')[1]!.trim().replaceAll('`', ''));
}

test('every case of the table in DESIGN.md has its test, and every such test its case', async () => {
  const cases = firstColumn(await text('../DESIGN.md'), 'Cases');
  const source = (await text('./crash-cases.test.ts')) + (await text('./unreadable-cases.test.ts'));
  const tested = [...source.matchAll(/^ {2}test\('([^:']+):/gm)].map((match) => match[1]);
  assert.deepEqual([...tested].sort(), [...cases].sort());
});

test('every verdict of the code is a case of the table', async () => {
  const cases = firstColumn(await text('../DESIGN.md'), 'Cases');
  for (const { name } of verdictCases) assert.ok(cases.includes(name), name);
});

test('README.md lists every error code', async () => {
  assert.deepEqual(firstColumn(await text('../README.md'), 'Errors'), Object.keys(segmentLogErrorCodes));
});
