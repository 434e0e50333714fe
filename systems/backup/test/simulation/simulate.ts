// `npm run simulate -w systems/backup -- [--scenario NAME] [--seed N | --seeds N]`. The mutants run by name only.

import { type Scenario, simulateMain } from '@cairn/world';
import { collection, mutants } from './scenarios.ts';

const isNamed = process.argv.includes('--scenario');
const chosen: readonly unknown[] = isNamed ? [collection, ...Object.values(mutants)] : [collection];
await simulateMain(chosen as readonly Scenario<unknown>[]);
