import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { DirectoryRules, noExcludes } from './exclude-rules.ts';

const refuseProblem = (path: string, error: unknown) => assert.fail(`${path}: ${error}`);

function rules(...patterns: string[]): DirectoryRules {
  return DirectoryRules.of({ ...noExcludes, patterns });
}

function bytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

test('a pattern that begins with a slash counts from the root, any other matches at every depth', () => {
  assert.equal(rules('node_modules').excludes('/home/ann/app/node_modules', true), true);
  assert.equal(rules('/home/ann/*.o').excludes('/home/ann/a.o', false), true);
  assert.equal(rules('/home/ann/*.o').excludes('/home/ann/deep/a.o', false), false);
  assert.equal(rules('/home/**/cache').excludes('/home/ann/x/cache', true), true);
  for (const pattern of ['build/cache', './build/cache', '**/build/cache', 'build/*', '*/cache/'])
    for (const path of ['/build/cache', '/home/ann/app/build/cache'])
      assert.equal(rules(pattern).excludes(path, true), true, `${pattern} ${path}`);
  assert.equal(rules('/build/cache').excludes('/home/ann/app/build/cache', true), false);
  assert.equal(rules('*', '!build/cache').excludes('/home/build/cache', true), false);
  assert.equal(rules('#build/cache').excludes('/home/#build/cache', true), false);
  assert.equal(rules('\\#build/cache').excludes('/home/#build/cache', true), true);
});

test('the last rule that matches wins, a negated one keeps', () => {
  assert.equal(rules('*.log', '!keep.log').excludes('/var/keep.log', false), false);
  assert.equal(rules('!keep.log', '*.log').excludes('/var/keep.log', false), true);
});

test('a pattern that ends in a slash matches directories only, and case counts', () => {
  assert.equal(rules('build/').excludes('/x/build', true), true);
  assert.equal(rules('build/').excludes('/x/build', false), false);
  assert.equal(rules('BUILD').excludes('/x/build', true), false);
});

test('names beyond ASCII match as characters', () => {
  assert.equal(rules('?ber').excludes(bytes('/x/über'), false), true);
  assert.equal(rules('[äö].txt').excludes(bytes('/x/ö.txt'), false), true);
});

test('names that are not UTF-8 are matched without mixing them up', () => {
  assert.equal(rules('*.tmp').excludes('/x/\xff\xfe.tmp', false), true);
  assert.equal(rules(bytes('ÿ')).excludes('/x/\xff', false), false);
  assert.equal(rules('ÿ').excludes('/x/\xff', false), false);
  assert.equal(rules('a?b').excludes('/x/a\xffb', false), true);
});

test('below a directory that was taken although a rule excludes it, the other rules count', () => {
  const both = rules('/home/ann/x', '*.o');
  assert.equal(both.excludes('/home/ann/x', true), true);
  assert.equal(both.excludes('/home/ann/x/y/file.c', false), false);
  assert.equal(both.excludes('/home/ann/x/y/file.o', false), true);
});

test('more paths than are remembered do not change the answers', () => {
  const some = rules('*.o', '!keep.o');
  for (let i = 0; i < 25_000; i += 1) {
    assert.equal(some.excludes(`/d${i % 100}/${i}.o`, false), true);
    assert.equal(some.excludes(`/d${i % 100}/keep.o`, false), false);
  }
});

test('ignore files count below their directory, the deeper one first, and never against the command', async (t) => {
  const root = await temporaryDirectory(t);
  mkdirSync(join(root, 'deep'));
  writeFileSync(join(root, '.gitignore'), '# comment\n*.o\n/only-here\nmine\n');
  writeFileSync(join(root, 'deep/.gitignore'), '!wanted.o\n!mine\n');
  const outer = DirectoryRules.of({ ...noExcludes, ignoreFiles: ['.gitignore'], patterns: ['mine'] });
  const here = outer.within(root, ['.gitignore', 'deep'], refuseProblem);
  const deep = here.within(`${root}/deep`, ['.gitignore'], refuseProblem);
  assert.equal(here.excludes(`${root}/a.o`, false), true);
  assert.equal(here.excludes(`${root}/only-here`, false), true);
  assert.equal(deep.excludes(`${root}/deep/only-here`, false), false);
  assert.equal(deep.excludes(`${root}/deep/wanted.o`, false), false);
  assert.equal(deep.excludes(`${root}/deep/other.o`, false), true);
  assert.equal(deep.excludes(`${root}/deep/mine`, false), true);
});

test('an ignore file that cannot be read is a problem, and excludes nothing', async (t) => {
  const root = await temporaryDirectory(t);
  mkdirSync(join(root, '.gitignore'));
  const problems: string[] = [];
  const here = DirectoryRules.of({ ...noExcludes, ignoreFiles: ['.gitignore'] }).within(
    root,
    ['.gitignore'],
    (path) => problems.push(path),
  );
  assert.deepEqual(problems, [`${root}/.gitignore`]);
  assert.equal(here.excludes(`${root}/a`, false), false);
});

test('a cache is a directory whose tag has the signature; a FIFO of that name does not make it wait', async (t) => {
  const root = await temporaryDirectory(t);
  const tag = join(root, 'CACHEDIR.TAG');
  const caching = DirectoryRules.of({ ...noExcludes, caches: true });
  writeFileSync(tag, 'Signature: 8a477f597d28d172789f06886806bc55\n# this is a cache');
  assert.equal(caching.isCache(root, ['CACHEDIR.TAG', 'x']), true);
  assert.equal(caching.isCache(root, ['x']), false);
  assert.equal(DirectoryRules.of(noExcludes).isCache(root, ['CACHEDIR.TAG']), false);
  writeFileSync(tag, 'Signature: 8a477f597d28d172789f06886806bc5');
  assert.equal(caching.isCache(root, ['CACHEDIR.TAG']), false);
  execFileSync('rm', [tag]);
  execFileSync('mkfifo', [tag]);
  assert.equal(caching.isCache(root, ['CACHEDIR.TAG']), false);
});

test('files above the size are left out', () => {
  const some = DirectoryRules.of({ ...noExcludes, largerThanBytes: 100 });
  assert.equal(some.excludesSize(100), false);
  assert.equal(some.excludesSize(101), true);
});
