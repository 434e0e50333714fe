// `npm run simulate -w systems/backup -- [--scenario NAME] [--seed N | --seeds N]`. The mutants run by name only.

import { type Scenario, simulateMain } from '@cairn/world/simulated';
import { honest, keys, keysMutants, mutants } from './scenarios.ts';

const isNamed = process.argv.includes('--scenario');
const wrong: readonly unknown[] = [...Object.values(mutants), ...Object.values(keysMutants)];
const chosen: readonly unknown[] = [...honest, keys, ...(isNamed ? wrong : [])];
await simulateMain(chosen as readonly Scenario<unknown>[]);
