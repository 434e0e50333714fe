// `npm run simulate -w foundation/segment-log -- [--scenario NAME] [--seed N | --seeds N]`. The mutants run by name only.

import { type Scenario, simulateMain } from '@cairn/world/simulated';
import { badSectors, diskErrors, mutants, rot } from './log-scenarios.ts';

const named = process.argv.indexOf('--scenario');
const honest = [diskErrors, rot, badSectors];
const chosen = named === -1 ? honest : [...honest, ...Object.values(mutants)];
await simulateMain(chosen as readonly Scenario<unknown>[]);
