// `repair` of any system: always on the folder itself, never through a server, and refused while one holds it.

import { existsSync } from 'node:fs';
import { repairSystem } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { realWorld } from '@cairn/world';
import type { CommandContext } from '../command-context.ts';
import { CommandFailed } from '../exit-codes.ts';
import { loadCommandConfiguration } from '../load-command-configuration.ts';
import type { ConfigurationOptions } from '../output/command-options.ts';
import { systems } from '../systems.ts';
import { localEngineOwners } from './local-engines.ts';

/** Fails with UnusableStart `folder-in-use` while a process holds the folder. */
export async function repairFolder(
  context: CommandContext,
  options: ConfigurationOptions & { readonly acceptLoss?: boolean },
  system: string,
): Promise<object> {
  const configuration = await loadCommandConfiguration(context, options);
  const { data } = configuration.values;
  if (!existsSync(data))
    throw new CommandFailed('unreachable', `there is no folder ${data}: name one with --data`);
  const owners = localEngineOwners([system], configuration);
  // The world's timers let a process end that waits for nothing else, and repair waits for healing by them.
  const awake = setInterval(() => {}, 2 ** 30);
  try {
    return await repairSystem({
      definitions: systems,
      system,
      beside: owners.length === 0 ? [] : ['identity', ...owners],
      configuration,
      world: realWorld(),
      acceptLoss: options.acceptLoss ?? false,
      // What it would log is in the report.
      telemetry: silentTelemetry(),
    });
  } finally {
    clearInterval(awake);
  }
}
