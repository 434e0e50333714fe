// Repairs the data of one system, without starting it: the folder belongs to the command meanwhile.

import assert from 'node:assert/strict';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { SystemDefinition } from '../system-definition.ts';
import { chooseSystems } from './choose-systems.ts';
import { contextOf, startSystems } from './start-systems.ts';
import { takeDataFolder } from './take-data-folder.ts';
import { Teardown } from './teardown.ts';

export type RepairSystemOptions = {
  readonly definitions: readonly SystemDefinition[];
  readonly system: string;
  /** Systems that it is configured to keep something in: they run meanwhile, without a listener. */
  readonly beside?: readonly string[];
  readonly configuration: Configuration;
  readonly world: World;
  readonly telemetry: Telemetry;
  readonly acceptLoss?: boolean;
};

/** Gives the system's report. Fails with UnusableStart: `folder-in-use` while another process has the folder, or as `beside` does. */
export async function repairSystem(options: RepairSystemOptions): Promise<object> {
  const { configuration, world, telemetry, definitions, beside = [] } = options;
  const definition = definitions.find(({ name }) => name === options.system);
  assert(definition?.repair !== undefined, `${options.system} has nothing to repair`);
  const { data, host, region, account, service } = configuration.values;
  const folder = await takeDataFolder(world.disk, data);
  const teardown = new Teardown({ clock: world.clock, log: telemetry.log });
  teardown.add('data folder', () => folder.release());
  try {
    const settings = { host, region, account, tls: undefined };
    const common = { configuration, settings, world, telemetry, withoutListeners: true };
    const mounted = await startSystems(chooseSystems(definitions, beside), {
      ...{ ...common, folder, teardown, print: () => {} },
    });
    const directory = await folder.systemDirectory(definition.name);
    const context = contextOf(definition, { ...common, directory, mounted });
    return await definition.repair(context, { acceptLoss: options.acceptLoss ?? false });
  } finally {
    await teardown.run(service.shutdownSeconds * 1_000);
  }
}
