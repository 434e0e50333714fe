// `cairn object-storage`: the state of the store, and its upkeep.

import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addCheckCommand } from './object-storage/check.ts';
import { addDrivesCommand } from './object-storage/drives.ts';
import { addGcCommand } from './object-storage/gc.ts';
import { addImportCommand } from './object-storage/import.ts';
import { addInspectCommand } from './object-storage/inspect.ts';
import { addQuotaCommands } from './object-storage/quota.ts';
import { addRepairCommand } from './object-storage/repair.ts';
import { addRetryReplicationCommand } from './object-storage/retry-replication.ts';
import { addRotateKeyCommand } from './object-storage/rotate-key.ts';
import { addStatsCommand } from './object-storage/stats.ts';
import { addUsageCommand } from './object-storage/usage.ts';
import { addSystemNoun } from './system-noun.ts';

export function addObjectStorageCommands(program: Command, context: CommandContext): void {
  const noun = addSystemNoun(program, 'object-storage').description(
    'Buckets and objects, as seen from the store.',
  );
  addStatsCommand(noun, context);
  addCheckCommand(noun, context);
  addInspectCommand(noun, context);
  addGcCommand(noun, context);
  addRepairCommand(noun, context);
  addRetryReplicationCommand(noun, context);
  addRotateKeyCommand(noun, context);
  addUsageCommand(noun, context);
  addQuotaCommands(noun, context);
  addImportCommand(noun, context);
  addDrivesCommand(noun, context);
}
