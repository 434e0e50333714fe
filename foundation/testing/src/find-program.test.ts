import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findProgram } from './find-program.ts';

test('a program is found by its name, and one that does not exist is not', () => {
  assert.match(findProgram('node') ?? '', /\/node$/);
  assert.equal(findProgram('no-such-program-anywhere'), undefined);
});
