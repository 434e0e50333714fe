import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { atFlags, cString, errnoOf, libc } from './libc.ts';

test('a call that fails leaves its errno', () => {
  const { functions, errno } = libc()!;
  assert.equal(functions.openat(atFlags.currentDirectory, cString(Buffer.from('/nonexistent')), 0, 0), -1);
  assert.equal(errno(), errnoOf.ENOENT);
});

test('names of users and groups are found, and an id without a name has none', () => {
  const { functions, textAt, pointerAt } = libc()!;
  assert.equal(textAt(pointerAt(functions.getpwuid(0))), 'root');
  assert.equal(textAt(pointerAt(functions.getgrgid(0))), 'root');
  assert.equal(functions.getpwuid(4_000_000_123), 0n);
});

test('no warning reaches the user, and those of others still do', () => {
  const module = new URL('libc.ts', import.meta.url).href;
  const script = `import { libc } from '${module}'; libc(); process.emitWarning('of another');`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(stderr, /of another/);
  assert.doesNotMatch(stderr, /FFI|experimental/i);
});
