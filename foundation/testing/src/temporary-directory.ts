// A folder that lives as long as one test.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpAfter, type TestContext } from './clean-up-after.ts';

/** Makes an empty folder, readable by its owner only, and removes it with all it holds after the test. */
export async function temporaryDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-test-'));
  // What still runs in it may make a file while it is removed: hooks of other kinds run later.
  cleanUpAfter(test, () => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }));
  return directory;
}
