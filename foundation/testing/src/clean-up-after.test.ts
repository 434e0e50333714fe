import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanUpAfter } from './clean-up-after.ts';

test('what was set up last is cleaned up first, and a failure keeps nothing from being cleaned up', async () => {
  const hooks: (() => Promise<void>)[] = [];
  const context = { after: (hook: () => Promise<void>) => void hooks.push(hook) };
  const order: string[] = [];
  cleanUpAfter(context, async () => order.push('folder'));
  cleanUpAfter(context, async () => {
    throw new Error('it had ended already');
  });
  cleanUpAfter(context, async () => order.push('process'));
  assert.equal(hooks.length, 1);
  await assert.rejects(hooks[0]!(), /it had ended already/);
  assert.deepEqual(order, ['process', 'folder']);
});
