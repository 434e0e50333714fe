import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { programLibrary } from './program-library.ts';

test('the pinned Node exports zstd and OpenSSL: an upgrade that ends this would cost half of the speed', () => {
  assert.notEqual(programLibrary, undefined);
});

test('loading says nothing on standard error, and leaves warnings to others as they were', () => {
  const module = new URL('./program-library.ts', import.meta.url).href;
  const script = `await import(${JSON.stringify(module)}); process.emitWarning('still here');`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  assert.doesNotMatch(stderr, /FFI/);
  assert.match(stderr, /still here/);
});
