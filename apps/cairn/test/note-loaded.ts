// Loaded in front of a command, by `--import`: each file that the process and its threads load becomes a line of the file LOADED_MODULES.

import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(process.env.LOADED_MODULES!, `${url}\n`);
    return nextLoad(url, context);
  },
});
