// `npm run simulate -w foundation/world`: the demonstration of README.md.

import { simulateMain } from '../src/simulated.ts';
import { counterScenario } from './counter-scenario.ts';

await simulateMain([
  counterScenario({ name: 'counter', syncsDirectory: true }),
  counterScenario({ name: 'forgotten-sync', syncsDirectory: false }),
]);
