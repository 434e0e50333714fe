import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { cipherLibrary } from './cipher-library.ts';
import { openProgramLibrary } from './program-library.ts';

test('the pinned Node exports OpenSSL: an upgrade that ends this would cost half of the speed', () => {
  assert.notEqual(cipherLibrary, undefined);
});

test('a library that lacks one of the functions is none', () => {
  const known = { return: 'pointer', arguments: [] } as const;
  assert.equal(openProgramLibrary({ EVP_CIPHER_CTX_new: known, EVP_that_nobody_wrote: known }), undefined);
});

test('loading says nothing on standard error, and leaves warnings to others as they were', () => {
  const module = new URL('./cipher-library.ts', import.meta.url).href;
  const script = `await import(${JSON.stringify(module)}); process.emitWarning('still here');`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  assert.doesNotMatch(stderr, /FFI/);
  assert.match(stderr, /still here/);
});
