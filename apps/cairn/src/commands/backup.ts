// `cairn backup`: repositories, snapshots, their upkeep. Works on the repository itself; no server is needed. What a command
// does is loaded when it runs, so that the short ones are short.

import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addAgentsCommands } from './backup/agents.ts';
import { addCreateCommand } from './backup/create.ts';
import { addDestroyCommand } from './backup/destroy.ts';
import { addDiffCommand } from './backup/diff.ts';
import { addDumpCommand } from './backup/dump.ts';
import { addFilesCommand } from './backup/files.ts';
import { addFindCommand } from './backup/find.ts';
import { addForgetCommand } from './backup/forget.ts';
import { addGcCommand } from './backup/gc.ts';
import { addInitCommand } from './backup/init.ts';
import { addInspectCommand } from './backup/inspect.ts';
import { addKeyCommands } from './backup/key.ts';
import { addListCommand } from './backup/list.ts';
import { addRepairCommand } from './backup/repair.ts';
import { addRestoreCommand } from './backup/restore.ts';
import { addScheduleCommand } from './backup/schedule.ts';
import { addServeCommand } from './backup/serve.ts';
import { addStatsCommand } from './backup/stats.ts';
import { addCopyCommand, addRewriteCommand, addTagCommand } from './backup/transform.ts';
import { addVerifyCommand } from './backup/verify.ts';

export function addBackupCommands(program: Command, context: CommandContext): void {
  const noun = program
    .command('backup')
    .description('Deduplicated, encrypted backups: repositories, snapshots, restore, verify, upkeep.');
  addInitCommand(noun, context);
  addCreateCommand(noun, context);
  addListCommand(noun, context);
  addFilesCommand(noun, context);
  addFindCommand(noun, context);
  addDiffCommand(noun, context);
  addForgetCommand(noun, context);
  addRestoreCommand(noun, context);
  addDumpCommand(noun, context);
  addVerifyCommand(noun, context);
  addRepairCommand(noun, context);
  addGcCommand(noun, context);
  addInspectCommand(noun, context);
  addStatsCommand(noun, context);
  addServeCommand(noun, context);
  addTagCommand(noun, context);
  addRewriteCommand(noun, context);
  addCopyCommand(noun, context);
  addKeyCommands(noun, context);
  addScheduleCommand(noun, context);
  addAgentsCommands(noun, context);
  addDestroyCommand(noun, context);
}
