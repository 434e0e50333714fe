// The tree of commands. One file per noun in commands/; this only puts them together and turns errors into exit codes.

import { readFileSync } from 'node:fs';
import { ConfigurationError, UnusableStart } from '@cairn/service';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './command-context.ts';
import { addConfigCommand } from './commands/config.ts';
import { addIdentityCommands } from './commands/identity.ts';
import { addObjectStorageCommands } from './commands/object-storage.ts';
import { addUpCommand } from './commands/up.ts';
import { CommandFailed, exitCodeOf, exitCodes, exitCodesText } from './exit-codes.ts';

export function buildProgram(context: CommandContext): Command {
  const program = new Command('cairn')
    .description('The back-end systems that every large product is built from, as one platform.')
    .version(versionOf(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', `\nExit codes:\n${exitCodesText()}`)
    .configureOutput({ writeOut: context.print, writeErr: context.printError })
    .showHelpAfterError('(run it with --help to see what it takes)')
    .exitOverride();
  addUpCommand(program, context);
  addConfigCommand(program, context);
  addIdentityCommands(program, context);
  addObjectStorageCommands(program, context);
  return program;
}

/** Runs one command line; returns the exit code and never throws. */
export async function runProgram(parameters: readonly string[], context: CommandContext): Promise<number> {
  try {
    await buildProgram(context).parseAsync(parameters, { from: 'user' });
    return exitCodes.done.code;
  } catch (error) {
    // Commander has printed what it had to say, and calls a help text an error too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage.code;
    context.printError(messageOf(error));
    return exitCodeOf(error);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof UnusableStart) return `${error.message}\n`;
  if (error instanceof CommandFailed) return error.message === '' ? '' : `${error.message}\n`;
  return `unexpected: ${error instanceof Error ? error.stack : String(error)}\n`;
}

function versionOf(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return JSON.parse(manifest).version;
}
