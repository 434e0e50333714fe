// The scenarios of backup's simulation: the honest one, and mistakes that it has to catch.

import type { Scenario } from '@cairn/world';
import type { GcStep } from './gc-plan.ts';
import { gcScenario } from './gc-scenario.ts';

export const collection: Scenario<GcStep> = gcScenario({ name: 'collection' });

export const mutants = {} as const satisfies Record<string, Scenario<GcStep>>;
