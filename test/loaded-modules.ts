// For `node --import`: notes every module that a thread of the process loads, one line `THREAD URL` each, in the file
// that LOADED_MODULES names.

import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { threadId } from 'node:worker_threads';

const file = process.env.LOADED_MODULES!;
registerHooks({
  load: (url, context, next) => {
    appendFileSync(file, `${threadId} ${url}\n`);
    return next(url, context);
  },
});
