// `npm run simulate -w systems/message-queue -- [--scenario NAME] [--seed N | --seeds N]`. The mutants run by name only.

import { type Scenario, simulateMain } from '@cairn/world/simulated';
import { delayMutants, delays } from './delay-scenarios.ts';
import { groupMutants, groups } from './group-scenarios.ts';
import { library, libraryMutants } from './library-scenarios.ts';
import { queueMutants, queues } from './queue-scenarios.ts';
import {
  compaction,
  compactionMutants,
  compactionRot,
  mutants,
  partition,
  retention,
  rot,
  transactionMutants,
  transactions,
} from './scenarios.ts';
import { tiering, tieringMutants, tieringRetention } from './tiering-scenarios.ts';

const named = process.argv.indexOf('--scenario');
const honest = [
  ...[partition, retention, rot, compaction, compactionRot, tiering, tieringRetention],
  ...[transactions, groups, queues, library, delays],
];
const mistaken = [
  ...[mutants, compactionMutants, tieringMutants, transactionMutants, groupMutants],
  ...[queueMutants, libraryMutants, delayMutants],
].flatMap((of): unknown[] => Object.values(of));
const chosen = named === -1 ? honest : [...honest, ...mistaken];
await simulateMain(chosen as readonly Scenario<unknown>[]);
