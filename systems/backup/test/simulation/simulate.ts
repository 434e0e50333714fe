// `npm run simulate -w systems/backup -- [--scenario NAME] [--seed N | --seeds N]`. The mutants run by name only.

import { type Scenario, simulateMain } from '@cairn/world';
import { collection, collectors, months, mutants, rareMutants, tags, unanswered } from './scenarios.ts';

const honest = [collection, collectors, months, tags, unanswered];
const isNamed = process.argv.includes('--scenario');
const chosen: readonly unknown[] = isNamed
  ? [...honest, ...Object.values(mutants), ...Object.values(rareMutants)]
  : honest;
await simulateMain(chosen as readonly Scenario<unknown>[]);
