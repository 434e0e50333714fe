// Runs a command line in this process, with everything it printed.

import type { CommandContext } from '../src/command-context.ts';
import { runProgram } from '../src/run-program.ts';

export type CommandResult = { readonly code: number; readonly output: string; readonly errors: string };

/** `line` is split at spaces. The environment is empty unless given: nothing of the developer's gets in. */
export async function runCommand(
  line: string,
  options: Partial<Pick<CommandContext, 'environment' | 'directory'>> = {},
): Promise<CommandResult> {
  const printed = { output: '', errors: '' };
  const code = await runProgram(line.split(' ').filter(Boolean), {
    environment: {},
    directory: '.',
    ...options,
    print: (text) => {
      printed.output += text;
    },
    printError: (text) => {
      printed.errors += text;
    },
  });
  return { code, ...printed };
}
