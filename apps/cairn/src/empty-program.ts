// The program without its commands: what all of them share.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { exitCodesText } from './exit-codes.ts';

export function emptyProgram(context: CommandContext): Command {
  return new Command('cairn')
    .description('The back-end systems that every large product is built from, as one platform.')
    .version(versionOf(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', `\nExit codes:\n${exitCodesText()}`)
    .configureHelp({ minWidthToWrap: narrowestColumns })
    .configureOutput({ writeOut: context.print, writeErr: context.printError })
    .showHelpAfterError('(run it with --help to see what it takes)')
    .exitOverride();
}

/** Descriptions beside long names are wrapped down to this width; Commander leaves them alone below 40. */
const narrowestColumns = 20;

function versionOf(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return JSON.parse(manifest).version;
}
