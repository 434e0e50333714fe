// `npm run simulate -w systems/identity -- [--seed N] [--seeds N]`

import { type Scenario, simulateMain } from '@cairn/world/simulated';
import { revocationScenario } from './revocation-scenario.ts';

await simulateMain([revocationScenario() as Scenario<unknown>]);
