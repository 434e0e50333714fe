// The tree of commands. One file per noun in commands/; this only puts them together.

import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addConfigCommand } from './commands/config.ts';
import { addIdentityCommands } from './commands/identity.ts';
import { addMessageQueueCommands } from './commands/message-queue.ts';
import { addObjectStorageCommands } from './commands/object-storage.ts';
import { addUpCommand } from './commands/up.ts';
import { emptyProgram } from './empty-program.ts';

export async function buildProgram(context: CommandContext): Promise<Command> {
  const program = emptyProgram(context);
  addUpCommand(program, context);
  addConfigCommand(program, context);
  addIdentityCommands(program, context);
  addObjectStorageCommands(program, context);
  addMessageQueueCommands(program, context);
  await addBackupCommands(program, context);
  return program;
}
