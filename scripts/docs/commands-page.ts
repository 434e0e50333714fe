// docs/commands.md from the command's own help: every command, argument and option there is.

import type { Command, Option } from 'commander';
import { generatedNotice } from './generated-notice.ts';

export function commandsPage(program: Command, exitCodes: string): string {
  return [
    '# Commands',
    generatedNotice,
    program.description(),
    'A command talks to a running `cairn up` through its management API. Where `--server` and `CAIRN_SERVER` say nothing' +
      '\nand no process holds the data folder, it opens the folder itself. Credentials come from `CAIRN_ACCESS_KEY` and' +
      '\n`CAIRN_SECRET_KEY`, or `CAIRN_ROOT_ACCESS_KEY` and `CAIRN_ROOT_SECRET_KEY`, or, on the same machine, from the data' +
      '\nfolder.',
    ...leaves(program, []).map(commandSection),
    '## Exit codes',
    `\`\`\`\n${exitCodes}\n\`\`\``,
    '',
  ].join('\n\n');
}

type Leaf = { readonly names: readonly string[]; readonly command: Command };

function leaves(command: Command, before: readonly string[]): readonly Leaf[] {
  const names = [...before, command.name()];
  if (command.commands.length === 0) return [{ names, command }];
  return command.commands.flatMap((child) => leaves(child, names));
}

function commandSection({ names, command }: Leaf): string {
  const usage = [...names, ...command.registeredArguments.map(argumentText)].join(' ');
  const alias = command.parent?.aliases().length
    ? ` Short noun: \`${command.parent.aliases().join('`, `')}\`.`
    : '';
  const parts = [`## ${names.join(' ')}`, `\`${usage}\``, `${command.description()}${alias}`];
  const options = command.options.filter(({ hidden }) => !hidden);
  if (options.length > 0) parts.push(optionTable(options));
  return parts.join('\n\n');
}

function argumentText(argument: { name(): string; required: boolean; variadic: boolean }): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map(({ flags, description }) => `| \`${flags}\` | ${description} |`);
  return ['| option | what it does |', '| --- | --- |', ...rows].join('\n');
}
