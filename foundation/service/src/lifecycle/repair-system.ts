// Repairs the data of one system, without starting anything: the folder belongs to the command meanwhile.

import assert from 'node:assert/strict';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { SystemDefinition } from '../system-definition.ts';
import { contextOf } from './start-systems.ts';
import { takeDataFolder } from './take-data-folder.ts';

export type RepairSystemOptions = {
  readonly definitions: readonly SystemDefinition[];
  readonly system: string;
  readonly configuration: Configuration;
  readonly world: World;
  readonly telemetry: Telemetry;
  readonly acceptLoss?: boolean;
};

/** Gives the system's report. Fails with UnusableStart `folder-in-use` while another process has the folder. */
export async function repairSystem(options: RepairSystemOptions): Promise<object> {
  const { configuration, world } = options;
  const definition = options.definitions.find(({ name }) => name === options.system);
  assert(definition?.repair !== undefined, `${options.system} has nothing to repair`);
  const { data, host, region, account } = configuration.values;
  const folder = await takeDataFolder(world.disk, data);
  try {
    const directory = await folder.systemDirectory(definition.name);
    const settings = { host, region, account, tls: undefined };
    const context = contextOf(definition, {
      ...options,
      settings,
      directory,
      mounted: [],
      withoutListeners: true,
    });
    return await definition.repair(context, { acceptLoss: options.acceptLoss ?? false });
  } finally {
    await folder.release();
  }
}
