// Preloaded into every process of `npm test`: what one test file, a worker thread of it or a program that it starts has stripped
// of its types and compiled the others take from the folder. JavaScript, so that it needs no compiler itself.

import module from 'node:module';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

// Not where bin/cairn.js keeps its own: V8 refuses code that was compiled under other flags.
const folder = join(import.meta.dirname, '../node_modules/.cache/tests');

// A worker thread is told of it before this runs: see worker-thread.ts.
if (isMainThread) {
  module.enableCompileCache(folder);
  process.env.NODE_COMPILE_CACHE = folder;
}
