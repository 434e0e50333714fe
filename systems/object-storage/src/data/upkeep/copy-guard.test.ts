import assert from 'node:assert/strict';
import test from 'node:test';
import { CopyGuard } from './copy-guard.ts';

test('a removal waits for the copy, which is told that it is not wanted any more', async () => {
  const guard = new CopyGuard();
  const copy = guard.begin(['a', 'b']);
  assert(guard.isWanted('a'));
  const steps: string[] = [];
  const removal = guard.whileNotCopied(['a'], async () => void steps.push('removed'));
  assert(!guard.isWanted('a'));
  assert(guard.isWanted('b'));
  steps.push('copied');
  copy.finish();
  await removal;
  assert.deepEqual(steps, ['copied', 'removed']);
});

test('what is being removed, or copied already, is not copied', async () => {
  const guard = new CopyGuard();
  const removed = Promise.withResolvers<void>();
  const removal = guard.whileNotCopied(['a'], () => removed.promise);
  assert.deepEqual(guard.begin(['a', 'b']).blobs, ['b']);
  assert.deepEqual(guard.begin(['b', 'c']).blobs, ['c']);
  removed.resolve();
  await removal;
  assert.deepEqual(guard.begin(['a']).blobs, ['a']);
});
