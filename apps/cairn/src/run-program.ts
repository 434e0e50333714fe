// Runs a command line, and turns errors into exit codes. `up` is a process that stays: it loads none of the other commands.

import { ConfigurationError, UnusableStart } from '@cairn/service';
import { type Command, CommanderError } from 'commander';
import type { CommandContext } from './command-context.ts';
import { emptyProgram } from './empty-program.ts';
import { CommandFailed, exitCodeOf, exitCodes } from './exit-codes.ts';

/** Runs one command line; returns the exit code and never throws. */
export async function runProgram(parameters: readonly string[], context: CommandContext): Promise<number> {
  try {
    const program = await programFor(parameters, context);
    await program.parseAsync(parameters, { from: 'user' });
    return exitCodes.done.code;
  } catch (error) {
    // Commander has printed what it had to say, and calls a help text an error too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage.code;
    context.printError(messageOf(error));
    return exitCodeOf(error);
  }
}

async function programFor(parameters: readonly string[], context: CommandContext): Promise<Command> {
  if (parameters[0] !== 'up') return (await import('./program.ts')).buildProgram(context);
  const { addUpCommand } = await import('./commands/up.ts');
  const program = emptyProgram(context);
  addUpCommand(program, context);
  return program;
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof UnusableStart) return `${error.message}\n`;
  if (error instanceof CommandFailed) return error.message === '' ? '' : `${error.message}\n`;
  return `unexpected: ${error instanceof Error ? error.stack : String(error)}\n`;
}
