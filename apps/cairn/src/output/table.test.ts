import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Column, table } from './table.ts';

const columns: readonly Column<{ name: string; bytes?: number }>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'BYTES', value: ({ bytes }) => bytes },
];

test('columns are aligned, numbers to the right', () => {
  const rows = [
    { name: 'a', bytes: 5 },
    { name: 'photos', bytes: 12_345 },
  ];
  assert.equal(table(rows, columns), 'NAME    BYTES\na           5\nphotos  12345\n');
});

test('no rows are no table', () => {
  assert.equal(table([], columns), '');
});

test('what is missing is a dash, and control characters never reach the terminal', () => {
  assert.equal(table([{ name: 'a\u001b[2Jb' }], columns), 'NAME    BYTES\na\uFFFD[2Jb  -\n');
});

test('numbers are aligned where some are missing', () => {
  const rows = [{ name: 'a' }, { name: 'b', bytes: 12_345_678 }];
  assert.equal(table(rows, columns), 'NAME     BYTES\na            -\nb     12345678\n');
});
