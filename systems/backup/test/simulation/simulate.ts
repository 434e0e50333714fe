// `npm run simulate -w systems/backup -- [--scenario NAME] [--seed N | --seeds N]`. The mutants run by name only.

import { type Scenario, simulateMain } from '@cairn/world/simulated';
import { honest, mutants } from './scenarios.ts';

const isNamed = process.argv.includes('--scenario');
const chosen: readonly unknown[] = isNamed ? [...honest, ...Object.values(mutants)] : honest;
await simulateMain(chosen as readonly Scenario<unknown>[]);
