// Which systems have to be mounted beside one, as it is configured to keep something in their `local:` engine.

import { type Configuration, engineUrl } from '@cairn/service';

const owners = { blobs: 'object-storage', log: 'message-queue' } as const;
type LocalPort = keyof typeof owners;

/** Identity is not named: every command has it. */
export function localEngineOwners(
  systems: readonly string[],
  configuration: Configuration,
): readonly string[] {
  const isLocal = (system: string, port: LocalPort) =>
    engineUrl(configuration, { system, port })?.startsWith('local:') ?? false;
  const ports = Object.keys(owners) as LocalPort[];
  return ports
    .filter((port) => systems.some((system) => isLocal(system, port)))
    .map((port) => owners[port])
    .filter((owner) => !systems.includes(owner));
}
