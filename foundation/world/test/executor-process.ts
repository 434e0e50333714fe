// A process for tests: leaves a worker idle, or with a run that nobody awaits, and lets Node decide when to end.

import { realWorld } from '../src/index.ts';
import type { SumInit, SumInput, SumOutput } from './summing-worker.ts';

const module = new URL('./summing-worker.ts', import.meta.url);
const executor = await realWorld().executors.open<SumInit, SumInput, SumOutput>(module, { start: 0 });
const print = ({ sum }: SumOutput) => void process.stdout.write(`${sum}\n`);
await executor.run({ add: 1 }).then(print);
realWorld().clock.setTimer(3_600_000, () => {});
if (process.argv[2] === 'pending') executor.run({ add: 1 }).then(print, print);
