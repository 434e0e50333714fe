// Preloaded into every process of `npm test`: what one test file, or a worker thread of it, has stripped of its types and
// compiled the others take from the folder. JavaScript, so that it needs no compiler itself.

import module from 'node:module';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

// Beside what bin/cairn.js keeps, not together with it: V8 refuses code that was compiled under other flags. A worker thread
// is told of the folder before this runs: see worker-thread.ts.
if (isMainThread) module.enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/tests'));
