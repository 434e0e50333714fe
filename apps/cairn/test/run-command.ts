// Runs a command line in this process, with everything it printed.

import { Readable } from 'node:stream';
import type { CommandContext } from '../src/command-context.ts';
import { runProgram } from '../src/run-program.ts';

export type CommandResult = { readonly code: number; readonly output: string; readonly errors: string };

export type RunOptions = Partial<Pick<CommandContext, 'environment' | 'directory' | 'flushed'>> & {
  /** Standard input, in the pieces in which it comes; none unless given. */
  readonly input?: readonly Uint8Array[];
  /** Called with all output so far whenever there is more. */
  readonly onOutput?: (output: string) => void;
};

/** A line is split at spaces. The environment is empty unless given: nothing of the developer's gets in. */
export async function runCommand(
  line: string | readonly string[],
  { input, onOutput = () => {}, ...options }: RunOptions = {},
): Promise<CommandResult> {
  const printed = { output: '', errors: '' };
  const parameters = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
  const code = await runProgram(parameters, {
    environment: {},
    directory: '.',
    ...options,
    ...(input !== undefined && { input: () => Readable.from(input) }),
    print: (text) => {
      printed.output += text;
      onOutput(printed.output);
    },
    printBytes: (bytes) => {
      printed.output += Buffer.from(bytes).toString('latin1');
      onOutput(printed.output);
    },
    printError: (text) => {
      printed.errors += text;
    },
  });
  return { code, ...printed };
}
