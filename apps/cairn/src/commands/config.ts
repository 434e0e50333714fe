// `cairn config`: what is in force, and where each value came from. Secrets are masked.

import { explainConfiguration } from '@cairn/service';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { loadCommandConfiguration } from '../load-command-configuration.ts';
import {
  addConfigurationOptions,
  addJsonOption,
  type ConfigurationOptions,
  type JsonOption,
} from '../output/command-options.ts';
import { printResult } from '../output/print-result.ts';
import { table } from '../output/table.ts';
import { systems } from '../systems.ts';

export function addConfigCommand(program: Command, context: CommandContext): void {
  const command = program.command('config').summary('print the configuration in force');
  command.description('Prints every configuration key with its value in force and where that came from.');
  addConfigurationOptions(addJsonOption(command)).action((options) => printConfiguration(context, options));
}

async function printConfiguration(
  context: CommandContext,
  options: JsonOption & ConfigurationOptions,
): Promise<void> {
  const configuration = await loadCommandConfiguration(context, options);
  const keys = explainConfiguration({ definitions: systems, configuration });
  printResult(context, options, {
    result: keys,
    text: () =>
      table(keys, [
        { title: 'KEY', value: ({ key }) => key },
        { title: 'VALUE', value: ({ value }) => (value === undefined ? undefined : String(value)) },
        { title: 'FROM', value: ({ origin }) => origin },
      ]),
  });
}
