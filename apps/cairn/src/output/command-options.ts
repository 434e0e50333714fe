// Options that many commands share, so that they read the same everywhere.

import type { Command } from 'commander';

export type JsonOption = { readonly json?: boolean };

export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print JSON for scripts');
}

export type ConfigurationOptions = {
  readonly data?: string;
  readonly host?: string;
  readonly set?: readonly string[];
  readonly config?: string;
};

export function addConfigurationOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder (default: CAIRN_DATA, else ./data)')
    .option('--host <address>', 'address that listeners bind (default: 127.0.0.1)')
    .option('--set <key=value>', 'set a configuration key; may be repeated', collected)
    .option('--config <file>', 'configuration file (default: ./cairn.config.ts when there)');
}

export type ClientOptions = JsonOption & { readonly server?: string; readonly data?: string };

export function addClientOptions(command: Command): Command {
  return addJsonOption(
    command
      .option(
        '--server <url>',
        'where the server answers (default: CAIRN_SERVER, else the process that holds the data folder, else http://127.0.0.1:7000)',
      )
      .option('--data <dir>', 'data folder to take credentials from, and to open when no server holds it'),
  );
}

/** Of an option that may be repeated. */
export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
