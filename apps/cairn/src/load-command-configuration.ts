// The configuration as the command line, the environment and the file give it, for all systems there are.

import { type Configuration, loadConfiguration } from '@cairn/service';
import type { CommandContext } from './command-context.ts';
import type { ConfigurationOptions } from './output/command-options.ts';
import { systems } from './systems.ts';

export function loadCommandConfiguration(
  { environment, directory }: CommandContext,
  { config, data, host, set }: ConfigurationOptions,
): Promise<Configuration> {
  return loadConfiguration({
    definitions: systems,
    environment,
    directory,
    file: config,
    flags: { data, host, set },
  });
}
