// The scenarios of backup's simulation: the honest ones, and mistakes that they have to catch.

import type { Scenario } from '@cairn/world/simulated';
import { collectorsPlan, type GcStep, monthsPlan, repairsPlan, tagsPlan, verdictsPlan } from './gc-plan.ts';
import { gcScenario } from './gc-scenario.ts';
import { type KeysStep, lateRotationsPlan } from './keys-plan.ts';
import * as keysSabotage from './keys-sabotage.ts';
import { keysScenario } from './keys-scenario.ts';
import * as sabotage from './sabotage.ts';

export const collection: Scenario<GcStep> = gcScenario({ name: 'collection' });

export const months: Scenario<GcStep> = gcScenario({
  name: 'months',
  plan: monthsPlan,
  sabotage: sabotage.sleepsBeforeCommit,
});

export const collectors: Scenario<GcStep> = gcScenario({ name: 'collectors', plan: collectorsPlan });

export const unanswered: Scenario<GcStep> = gcScenario({
  name: 'unanswered',
  sabotage: sabotage.commitsUnanswered,
});

export const tags: Scenario<GcStep> = gcScenario({
  name: 'tags',
  plan: tagsPlan,
  sabotage: sabotage.forgottenMeanwhile,
});

export const verdicts: Scenario<GcStep> = gcScenario({
  name: 'verdicts',
  plan: verdictsPlan,
  sabotage: sabotage.lateVerdicts,
});

export const repairs = gcScenario({
  name: 'repairs',
  plan: repairsPlan,
  sabotage: sabotage.repairsAsleep,
});

/** Without a mistake. */
export const honest = [collection, collectors, months, repairs, tags, unanswered, verdicts];

export const mutants = {
  'without-condemned': mutant('without-condemned', sabotage.withoutCondemned),
  'condemned-last': mutant('condemned-last', sabotage.condemnedLast),
  'session-late': mutant('session-late', sabotage.sessionLate),
  'without-waits': mutant('without-waits', sabotage.withoutWaits),
  'snapshots-once': mutant('snapshots-once', sabotage.snapshotsOnce),
  'condemned-unseen': mutant('condemned-unseen', sabotage.condemnedUnseen),
  'forgetful-at-once': mutant('forgetful-at-once', sabotage.forgetfulAtOnce),
  'commit-overwrites': mutant('commit-overwrites', sabotage.commitOverwrites),
  'commits-unfenced': mutant('commits-unfenced', sabotage.commitsUnfenced),
  'session-unseen': gcScenario({
    name: 'session-unseen',
    plan: monthsPlan,
    sabotage: sabotage.sessionUnseen,
  }),
  'tag-unasked': gcScenario({ name: 'tag-unasked', plan: tagsPlan, sabotage: sabotage.tagUnasked }),
  'repair-uncondemned': repairing('repair-uncondemned', sabotage.repairUncondemned),
  'repair-unsalvaged': repairing('repair-unsalvaged', sabotage.repairUnsalvaged),
  'index-kept': mutant('index-kept', sabotage.indexKept),
  'verdict-overwritten': gcScenario({
    name: 'verdict-overwritten',
    plan: verdictsPlan,
    sabotage: sabotage.verdictOverwritten,
  }),
} as const satisfies Record<string, Scenario<GcStep>>;

/** Of what opens a repository: its keys and their second copies. */
export const keys: Scenario<KeysStep> = keysScenario({ name: 'keys' });

export const keysMutants = {
  'copy-first': keysScenario({ name: 'copy-first', sabotage: keysSabotage.copyFirst }),
  'keyring-overwritten': keysScenario({
    name: 'keyring-overwritten',
    sabotage: keysSabotage.keyringOverwritten,
  }),
  'copy-unseen': keysScenario({
    name: 'copy-unseen',
    plan: lateRotationsPlan,
    sabotage: keysSabotage.copyUnseen,
  }),
  'loser-goes-on': keysScenario({ name: 'loser-goes-on', sabotage: keysSabotage.loserGoesOn }),
} as const satisfies Record<string, Scenario<KeysStep>>;

function repairing(name: string, broken: sabotage.Sabotage): Scenario<GcStep> {
  return gcScenario({ name, plan: repairsPlan, sabotage: broken });
}

function mutant(name: string, broken: sabotage.Sabotage): Scenario<GcStep> {
  return gcScenario({ name, sabotage: broken });
}
