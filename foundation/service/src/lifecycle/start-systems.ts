// Starts the systems one after the other, each with everything it may touch, and hands out their library faces.

import assert from 'node:assert/strict';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { type Configuration, engineUrl } from '../configuration/load-configuration.ts';
import type { EnginePort } from '../configuration/settings.ts';
import type { MountedSystem } from '../health/check-health.ts';
import type { ServiceSettings, SystemContext, SystemDefinition } from '../system-definition.ts';
import { reasonOf, UnusableStart } from '../unusable-start.ts';
import type { DataFolder } from './take-data-folder.ts';
import type { Teardown } from './teardown.ts';

export type StartSystemsOptions = {
  readonly configuration: Configuration;
  readonly settings: ServiceSettings;
  readonly folder: DataFolder;
  readonly world: World;
  readonly telemetry: Telemetry;
  readonly teardown: Teardown;
  readonly withoutListeners: boolean;
  /** Takes a system's notices as soon as it runs: what is said only once must not wait for what may still fail. */
  readonly print: (line: string) => void;
};

/** Fails with UnusableStart: the system's own, or `system-failed` that names the system and says why. */
export async function startSystems(
  chosen: readonly SystemDefinition[],
  options: StartSystemsOptions,
): Promise<readonly MountedSystem[]> {
  const mounted: MountedSystem[] = [];
  const prepared: { readonly definition: SystemDefinition; readonly context: SystemContext<unknown> }[] = [];
  for (const definition of chosen) {
    const directory = await options.folder.systemDirectory(definition.name);
    prepared.push({ definition, context: contextOf(definition, { ...options, directory, mounted }) });
  }
  for (const { definition, context } of prepared)
    await Promise.try(() => definition.makeRoom?.(context)).catch(failedStart(definition.name));
  for (const { definition, context } of prepared) {
    const { name } = definition;
    const running = await Promise.try(() => definition.start(context)).catch(failedStart(name));
    options.teardown.add(name, (deadline) => running.stop(deadline));
    mounted.push({ name, running });
    for (const notice of running.notices ?? []) options.print(notice);
  }
  return mounted;
}

/** The library face of a mounted system. */
export function faceOf<Api>(mounted: readonly MountedSystem[], name: string): Api {
  const found = mounted.find((system) => system.name === name);
  assert(found !== undefined, `system '${name}' is not mounted`);
  return found.running.api as Api;
}

export type ContextOptions = Pick<
  StartSystemsOptions,
  'configuration' | 'settings' | 'world' | 'telemetry' | 'withoutListeners'
> & { readonly directory: string; readonly mounted: readonly MountedSystem[] };

/** Everything that a system may touch. */
export function contextOf(definition: SystemDefinition, options: ContextOptions): SystemContext<unknown> {
  const { name, uses } = definition;
  const { world, telemetry, settings, configuration, mounted } = options;
  return {
    config: configuration.values[name],
    dataDirectory: options.directory,
    world,
    telemetry: { metrics: telemetry.metrics, log: telemetry.log.with({ system: name }) },
    settings,
    ...(options.withoutListeners ? { withoutListeners: true } : {}),
    engineUrl: (port) => engineUrl(configuration, { system: name, port: port as EnginePort }),
    system: <Api>(wanted: string): Api => {
      assert(uses.includes(wanted), `'${name}' asks for system '${wanted}' but does not list it in 'uses'`);
      return faceOf<Api>(mounted, wanted);
    },
  };
}

function failedStart(name: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof UnusableStart) throw cause;
    throw new UnusableStart('system-failed', `could not start ${name}: ${reasonOf(cause)}`, { cause });
  };
}
