// The noun of a system in the command line: its name, and the short ones that its definition accepts.

import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { systems } from '../systems.ts';

export function addSystemNoun(program: Command, name: string): Command {
  const definition = systems.find((system) => system.name === name);
  assert(definition !== undefined, `no system is called '${name}'`);
  return program.command(name).aliases(definition.nouns);
}
