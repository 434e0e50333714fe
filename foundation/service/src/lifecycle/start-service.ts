// From a configuration to a running process: takes the data folder, starts the systems, opens the 7000 listener, prints
// where everything is. What was started is undone in reverse order, after a failure as at the end.

import { createLog, createMetrics, observeProcess, type Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { Authenticator } from '../api-route.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { checkHealth, type MountedSystem } from '../health/check-health.ts';
import { isLoopbackHost } from '../listener/listen.ts';
import type { Endpoint, ServiceSettings, SystemDefinition } from '../system-definition.ts';
import { openTlsSource } from '../tls/open-tls-source.ts';
import { chooseSystems } from './choose-systems.ts';
import { openFrontDoor } from './open-front-door.ts';
import { faceOf, startSystems } from './start-systems.ts';
import { takeDataFolder } from './take-data-folder.ts';
import { Teardown } from './teardown.ts';

export type StartServiceOptions = {
  /** All systems there are. */
  readonly definitions: readonly SystemDefinition[];
  /** Names or nouns of those to mount; all when absent. */
  readonly only?: readonly string[] | undefined;
  readonly configuration: Configuration;
  readonly world: World;
  /** Takes the lines for standard output: notices, endpoints, `ready`. */
  readonly print: (line: string) => void;
  /** Makes the authenticator of /api from the systems that run. */
  readonly authenticator: (system: <Api>(name: string) => Api) => Authenticator;
  /** A log on standard error at `service.log.level` and metrics with those of the process, when absent. */
  readonly telemetry?: Telemetry;
  /** For a command that opens the folder itself: nothing listens and nothing is printed; `dispatch` serves. */
  readonly withoutListeners?: boolean;
};

export type RunningService = {
  /** In the order they were printed; the first is the service listener's own. */
  readonly endpoints: readonly (Endpoint & { readonly system: string })[];
  /** What the systems say once, such as credentials made at first start. */
  readonly notices: readonly string[];
  /** Serves a request under /api in process. */
  dispatch(request: Request): Promise<Response>;
  /** The library face of a mounted system. */
  system<Api>(name: string): Api;
  /**
   * Stops accepting, finishes what is in flight within `service.shutdownSeconds`, stops the systems in reverse order,
   * releases the folder. Idempotent. True when all of it ended in order.
   */
  stop(): Promise<boolean>;
};

/** Fails with UnusableStart after undoing what was started. */
export async function startService(options: StartServiceOptions): Promise<RunningService> {
  const { configuration, world } = options;
  const { values } = configuration;
  const chosen = chooseSystems(options.definitions, options.only);
  const ownTelemetry = options.telemetry === undefined;
  const telemetry = options.telemetry ?? newTelemetry(options);
  const teardown = new Teardown({ clock: world.clock, log: telemetry.log });
  if (ownTelemetry) teardown.add('process metrics', toStop(observeProcess(telemetry.metrics)));
  try {
    return await start(chosen, { options, telemetry, teardown });
  } catch (error) {
    await teardown.run(values.service.shutdownSeconds * 1000);
    throw error;
  }
}

type Parts = {
  readonly options: StartServiceOptions;
  readonly telemetry: Telemetry;
  readonly teardown: Teardown;
};

async function start(chosen: readonly SystemDefinition[], parts: Parts): Promise<RunningService> {
  const { options, telemetry, teardown } = parts;
  const { configuration, world, withoutListeners = false } = options;
  const { service, data } = configuration.values;
  const folder = await takeDataFolder(world.disk, data);
  teardown.add('data folder', () => folder.release());
  const settings = await openSettings(parts);
  const mounted = await startSystems(chosen, {
    ...parts,
    configuration,
    settings,
    folder,
    world,
    withoutListeners,
    print: withoutListeners ? () => {} : options.print,
  });
  const frontDoor = await openFrontDoor({
    port: withoutListeners ? undefined : service.port,
    settings,
    mounted,
    authenticator: options.authenticator((name) => faceOf(mounted, name)),
    status: () => checkHealth(mounted, world.clock),
    world,
    telemetry,
  });
  teardown.add('service listener', frontDoor.close);
  const endpoints = [...frontDoor.endpoints, ...endpointsOf(mounted)];
  const notices = mounted.flatMap(({ running }) => running.notices ?? []);
  if (!withoutListeners) {
    await folder.announce(frontDoor.endpoints[0]!.url);
    printStart(options.print, endpoints);
  }

  let stopped: Promise<boolean> | undefined;
  return {
    endpoints,
    notices,
    dispatch: frontDoor.dispatch,
    system: (name) => faceOf(mounted, name),
    stop: () => {
      stopped ??= teardown.run(service.shutdownSeconds * 1000);
      return stopped;
    },
  };
}

async function openSettings({ options, telemetry, teardown }: Parts): Promise<ServiceSettings> {
  const { host, region, account, tls } = options.configuration.values;
  const { log } = telemetry;
  const { certificate, key } = tls;
  if (certificate === undefined || key === undefined) {
    const exposed = !options.withoutListeners && !isLoopbackHost(host);
    if (exposed)
      log.warn('listening beyond this machine without TLS: set tls.certificate and tls.key', { host });
    return { host, region, account, tls: undefined };
  }
  const source = await openTlsSource({ certificate, key }, { log, clock: options.world.clock });
  teardown.add('tls key pair', toStop(source.close.bind(source)));
  return { host, region, account, tls: source };
}

function newTelemetry({ configuration, world, withoutListeners }: StartServiceOptions): Telemetry {
  // A command's own output is not to be drowned by the events of a service that lives as long as the command.
  const level = withoutListeners ? 'warn' : configuration.values.service.log.level;
  return { log: createLog({ level, clock: world.clock }), metrics: createMetrics() };
}

function endpointsOf(mounted: readonly MountedSystem[]): RunningService['endpoints'] {
  return mounted.flatMap(({ name, running }) => {
    return running.endpoints.map((endpoint) => ({ system: name, ...endpoint }));
  });
}

function printStart(print: (line: string) => void, endpoints: RunningService['endpoints']): void {
  for (const { system, protocol, url } of endpoints) print(`${system} ${protocol} ${url}`);
  print('ready');
}

function toStop(close: () => void): () => Promise<void> {
  return async () => close();
}
