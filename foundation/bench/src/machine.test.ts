import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasShaInstructions } from './machine.ts';

test('SHA instructions are read from the flags of x86-64 and ARM', () => {
  assert.equal(hasShaInstructions('model name\t: X\nflags\t\t: fpu sse2 sha_ni avx512f\n'), true);
  assert.equal(hasShaInstructions('flags\t\t: fpu sse2\n'), false);
  assert.equal(hasShaInstructions('Features\t: fp asimd sha1 sha2 crc32\n'), true);
  assert.equal(hasShaInstructions('nothing of the kind'), undefined);
});
