// The system as the service shell mounts it, on a real folder, and a client of its management API in process.

import assert from 'node:assert/strict';
import { loadConfiguration, type RunningService, startService } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import type { Identity } from '../src/core/identity.ts';
import { createIdentitySystem } from '../src/system.ts';
import { testRoot } from './open-test-identity.ts';

export const rootEnvironment = {
  CAIRN_ROOT_ACCESS_KEY: testRoot.accessKeyId,
  CAIRN_ROOT_SECRET_KEY: testRoot.secretKey,
};

type StartOptions = {
  readonly data?: string;
  readonly environment?: Record<string, string>;
  readonly set?: readonly string[];
};

/** Stopped after the test. */
export async function startIdentity(t: TestContext, options: StartOptions = {}): Promise<RunningService> {
  const cleanUps: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  const data =
    options.data ?? (await temporaryDirectory({ after: (cleanUp) => void cleanUps.push(cleanUp) }));
  const definitions = [createIdentitySystem(options.environment ?? rootEnvironment)];
  const service = await startService({
    definitions,
    configuration: await loadConfiguration({
      definitions,
      directory: data,
      flags: { data: `${data}/data`, set: [...(options.set ?? [])] },
    }),
    world: realWorld(),
    print: () => {},
    authenticator: (system) => system<Identity>('identity').authenticator,
    telemetry: silentTelemetry(),
    withoutListeners: true,
  });
  cleanUps.push(async () => void (await service.stop()));
  return service;
}

export type Answer = { readonly status: number; readonly body: Record<string, unknown> };

/** Calls `METHOD /path` below /api/identity. */
export async function call(
  service: RunningService,
  request: string,
  { authorization, body }: { authorization?: string; body?: unknown } = {},
): Promise<Answer> {
  const [method, path] = request.split(' ');
  assert(method !== undefined && path !== undefined, `"${request}" is a method and a path`);
  const response = await service.dispatch(
    new Request(`http://127.0.0.1/api/identity${path}`, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
