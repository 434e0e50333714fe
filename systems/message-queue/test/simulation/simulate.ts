// `npm run simulate -w systems/message-queue -- [--scenario NAME] [--seed N | --seeds N]`. The mutants run by name only.

import { type Scenario, simulateMain } from '@cairn/world';
import { mutants, partition } from './scenarios.ts';

const named = process.argv.indexOf('--scenario');
const chosen = named === -1 ? [partition] : [partition, ...Object.values(mutants)];
await simulateMain(chosen as readonly Scenario<unknown>[]);
