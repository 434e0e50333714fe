import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('the bench still works, taken as small as it can be', async () => {
  const bench = fileURLToPath(new URL('./bench.ts', import.meta.url));
  await promisify(execFile)(process.execPath, [bench, '--tiny']); // rejects when a case fails
});
