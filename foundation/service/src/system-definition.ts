// What a system tells the service shell: its name, its configuration, and how to start. The shell knows no system.
//
// A system starts in the order of `uses`, gets everything it may touch through its context, and gives back a handle:
// its library face for the systems that use it, its endpoints to print, its management routes, and how to stop.

import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { z } from 'zod';
import type { ApiRoute } from './api-route.ts';
import type { HttpMount } from './http-mount.ts';

export type SystemDefinition<Config = unknown, Api = unknown> = {
  /** Folder name, CLI noun, `--only` name, configuration prefix and data folder, all in one. */
  readonly name: string;
  /** Other nouns that the command accepts for it. */
  readonly nouns: readonly string[];
  /** Systems whose library face it needs; they start first. */
  readonly uses: readonly string[];
  /** A strict object with a default and a `.describe()` for every key; keys in camelCase, units last. */
  readonly config: z.ZodType<Config>;
  start(context: SystemContext<Config>): Promise<RunningSystem<Api>>;
  /** Before any system starts: gives up what it set aside on the disk for when there is no room, if there is none. */
  makeRoom?(
    context: Pick<SystemContext<Config>, 'config' | 'dataDirectory' | 'world' | 'telemetry'>,
  ): Promise<void>;
  /** Repairs its data, which nothing else uses meanwhile; gives a report to print. Absent where there is nothing to. */
  repair?(context: SystemContext<Config>, options: RepairOptions): Promise<object>;
};

export type RepairOptions = {
  /** The operator has seen what is lost, and wants what is left to be usable without it. */
  readonly acceptLoss: boolean;
};

export type SystemContext<Config> = {
  readonly config: Config;
  /** DATA/<name>; exists, readable by its owner only, locked for this process. */
  readonly dataDirectory: string;
  readonly world: World;
  readonly telemetry: Telemetry;
  readonly settings: ServiceSettings;
  /** Set when a command opened the folder for itself: the system starts, but opens no port. */
  readonly withoutListeners?: true;
  /** The engine's URL from `<system>.engines.<port>` or `engines.<port>`; undefined means the embedded default. */
  engineUrl(port: string): string | undefined;
  /** The library face of a system named in `uses`. */
  system<Api>(name: string): Api;
};

export type ServiceSettings = {
  readonly host: string;
  readonly region: string;
  readonly account: string;
  /** Present when listeners must speak TLS; follows the files on disk. */
  readonly tls: TlsSource | undefined;
};

export type TlsSource = {
  readonly certificate: string;
  readonly key: string;
  /** Calls back whenever the files changed and hold a valid pair; returns how to stop. */
  onChange(reload: (pair: { certificate: string; key: string }) => void): () => void;
};

export type RunningSystem<Api> = {
  readonly api: Api;
  readonly endpoints: readonly Endpoint[];
  /** Lines for the operator, printed once before the endpoints: credentials made at first start. */
  readonly notices?: readonly string[];
  /** Served under /api/<name>, with authentication and authorization by the frame. */
  readonly routes: readonly ApiRoute[];
  /** Other paths of the 7000 listener that this system serves (`/dav`, `/ofrep`). */
  readonly mounts?: readonly HttpMount[];
  health(): Promise<SystemHealth>;
  /** Stops taking work, finishes what is in flight until the signal aborts, then closes everything it opened. */
  stop(deadline: AbortSignal): Promise<void>;
};

/** Printed as `<system> <protocol> <url>`, with the real port. */
export type Endpoint = { readonly protocol: string; readonly url: string };

export type SystemHealth = { readonly ready: boolean; readonly detail?: string };
