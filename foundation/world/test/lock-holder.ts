// A process for tests: takes the lock of the folder it is given, says so, and waits to be killed.

import { realWorld } from '../src/index.ts';

const lock = await realWorld().disk.lockDirectory(process.argv[2]!);
process.stdout.write(lock === undefined ? 'refused\n' : 'locked\n');
process.stdin.resume();
