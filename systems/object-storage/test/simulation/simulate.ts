// `npm run simulate -w systems/object-storage`: replays, searches and shrinks (see foundation/world).

import { simulateMain } from '@cairn/world/simulated';
import { scenarios } from './scenario.ts';

await simulateMain(Object.values(scenarios));
