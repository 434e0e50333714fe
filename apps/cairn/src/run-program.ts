// Runs a command line, and turns errors into exit codes. `up` is a process that stays, and `backup` is called often: neither
// loads the other commands.

import { type Command, CommanderError } from 'commander';
import type { CommandContext } from './command-context.ts';
import { emptyProgram } from './empty-program.ts';
import { CommandFailed, exitCodeOf, exitCodes, isUnusableStart } from './exit-codes.ts';
import { printable } from './output/printable.ts';

/** Runs one command line; returns the exit code and never throws. */
export async function runProgram(parameters: readonly string[], context: CommandContext): Promise<number> {
  try {
    const program = await programFor(parameters, context);
    await program.parseAsync(parameters, { from: 'user' });
    return exitCodes.done.code;
  } catch (error) {
    // Commander has printed what it had to say, and calls a help text an error too.
    if (error instanceof CommanderError) {
      if (isMisplacedUrl(error, parameters)) context.printError('(a repository is named by --repo URL)\n');
      return error.exitCode === 0 ? 0 : exitCodes.usage.code;
    }
    context.printError(printable(messageOf(error)));
    return exitCodeOf(error);
  }
}

async function programFor(parameters: readonly string[], context: CommandContext): Promise<Command> {
  const [noun = '', verb] = parameters;
  const addAlone = aloneCommands[noun];
  if (addAlone === undefined) return (await import('./program.ts')).buildProgram(context);
  const program = emptyProgram(context);
  await addAlone(program, context, verb);
  return program;
}

/** `backup list file:/srv/backup`: as of tools that take the repository first. */
function isMisplacedUrl({ code }: CommanderError, parameters: readonly string[]): boolean {
  const isUrl = (text: string) => /^(file:|s3:|https?:|sftp:|cairns?:)/i.test(text);
  const misplaced = parameters.some((text, at) => isUrl(text) && !parameters[at - 1]!.startsWith('--'));
  return code === 'commander.excessArguments' && parameters[0] === 'backup' && misplaced;
}

type AddCommands = (program: Command, context: CommandContext, verb: string | undefined) => Promise<void>;

const aloneCommands: Readonly<Record<string, AddCommands>> = {
  up: async (program, context) => (await import('./commands/up.ts')).addUpCommand(program, context),
  backup: async (...all) => (await import('./commands/backup.ts')).addBackupCommands(...all),
};

function messageOf(error: unknown): string {
  if (isUnusableStart(error)) return `${error.message}\n`;
  if (error instanceof CommandFailed) return error.message === '' ? '' : `${error.message}\n`;
  return `unexpected: ${error instanceof Error ? error.stack : String(error)}\n`;
}
