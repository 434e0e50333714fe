import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './temporary-directory.ts';

test('bodies run one after the other, and node:test hears which of them failed', async (t) => {
  const file = join(await temporaryDirectory(t), 'early.test.ts');
  const source = `
    import { executionAsyncId } from 'node:async_hooks';
    import { setImmediate } from 'node:timers/promises';
    import { earlyTests } from ${JSON.stringify(join(import.meta.dirname, 'early-tests.ts'))};
    const { test, run } = earlyTests();
    const order: number[] = [];
    test('the first', async () => { await setImmediate(); order.push(1); });
    test('the second', async () => {
      if (order.join() !== '1') throw new Error('too early');
      if (executionAsyncId() !== 0) throw new Error('promises are followed');
      throw new Error('as it should be');
    });
    await run();`;
  await writeFile(file, source);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { promise, resolve } = Promise.withResolvers<{ failed: boolean; output: string }>();
  execFile(process.execPath, ['--test', '--test-reporter=tap', file], { env }, (error, output) =>
    resolve({ failed: error !== null, output }),
  );
  const { failed, output } = await promise;
  assert.equal(failed, true);
  assert.match(output, /^ok 1 - the first$/m);
  assert.match(output, /^not ok 2 - the second$/m);
  assert.match(output, /error: 'as it should be'/);
});
