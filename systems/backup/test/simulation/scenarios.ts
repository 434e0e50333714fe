// The scenarios of backup's simulation: the honest one, and mistakes that it has to catch.

import type { Scenario } from '@cairn/world';
import { type GcStep, monthsPlan } from './gc-plan.ts';
import { gcScenario } from './gc-scenario.ts';
import * as sabotage from './sabotage.ts';

export const collection: Scenario<GcStep> = gcScenario({ name: 'collection' });

export const months: Scenario<GcStep> = gcScenario({ name: 'months', plan: monthsPlan });

export const mutants = {
  'without-condemned': mutant('without-condemned', sabotage.withoutCondemned),
  'condemned-last': mutant('condemned-last', sabotage.condemnedLast),
  'without-waits': mutant('without-waits', sabotage.withoutWaits),
  'snapshots-once': mutant('snapshots-once', sabotage.snapshotsOnce),
  'condemned-unseen': mutant('condemned-unseen', sabotage.condemnedUnseen),
  'verdict-overwritten': mutant('verdict-overwritten', sabotage.verdictOverwritten),
  'forgetful-at-once': mutant('forgetful-at-once', sabotage.forgetfulAtOnce),
  'commit-overwrites': mutant('commit-overwrites', sabotage.commitOverwrites),
  'session-unseen': gcScenario({
    name: 'session-unseen',
    plan: monthsPlan,
    sabotage: sabotage.sessionUnseen,
  }),
  'index-kept': mutant('index-kept', sabotage.indexKept),
} as const satisfies Record<string, Scenario<GcStep>>;

function mutant(name: string, broken: sabotage.Sabotage): Scenario<GcStep> {
  return gcScenario({ name, sabotage: broken });
}
