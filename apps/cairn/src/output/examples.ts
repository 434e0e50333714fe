// Examples below the help of a command.

import type { Command } from 'commander';

export function addExamples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map(folded).join('\n')}`);
}

/** What a terminal of 80 columns has no room for goes on below, as a shell reads it; broken before options alone. */
function folded(example: string): string {
  const lines: string[] = [];
  for (const words of example.split(/ (?=--)/)) {
    const longer = `${lines.at(-1)} ${words}`;
    if (lines.length > 0 && longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(lines.length === 0 ? `  ${words}` : `    ${words}`);
  }
  return lines.join(' \\\n');
}

/** With room for what folds a line. */
const columns = 78;
