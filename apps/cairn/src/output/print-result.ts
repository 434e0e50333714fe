// Prints a command's result: as JSON for scripts, as text for people.

import type { CommandContext } from '../command-context.ts';
import { printable } from './printable.ts';

/** `text` may be lazy: it is not made when JSON is wanted. What it takes from users may hold anything. */
export function printResult<Result>(
  context: CommandContext,
  options: { readonly json?: boolean | undefined },
  { result, text }: { readonly result: Result; readonly text: (result: Result) => string },
): void {
  context.print(options.json === true ? `${JSON.stringify(result, null, 2)}\n` : printable(text(result)));
}
