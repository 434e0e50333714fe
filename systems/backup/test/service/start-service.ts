// The backup service on a real folder behind a real listener, with identity, and clients of it.

import assert from 'node:assert/strict';
import type { Blobs, OpenBlobsOptions } from '@cairn/engines';
import { createIdentitySystem, type Identity } from '@cairn/identity';
import { loadConfiguration, type RunningService, startService } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { connectToService, openServiceBlobs } from '../../src/service/client/service-blobs.ts';
import { backupSystem } from '../../src/system.ts';

export const root = { accessKeyId: 'ROOTROOTROOT', secretAccessKey: 'root-secret-of-the-tests' };
export type TestCredentials = NonNullable<OpenBlobsOptions['credentials']>;

export type TestService = {
  readonly service: RunningService;
  readonly identity: Identity;
  readonly origin: string;
  url(repository: string): string;
  open(repository: string, credentials?: TestCredentials): Promise<Blobs>;
  connection(repository: string, credentials?: TestCredentials): ReturnType<typeof connectToService>;
  /** A user with a policy that allows these actions on everything. */
  user(name: string, actions: readonly string[]): Promise<TestCredentials>;
  /** `METHOD /path` below /api/backup, as root. */
  call(
    request: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
};

/** Stopped after the test. */
export async function startTestService(
  t: TestContext,
  options: { readonly data?: string; readonly port?: number; readonly set?: readonly string[] } = {},
): Promise<TestService> {
  const cleanUps: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  const data =
    options.data ?? (await temporaryDirectory({ after: (cleanUp) => void cleanUps.push(cleanUp) }));
  const environment = {
    CAIRN_ROOT_ACCESS_KEY: root.accessKeyId,
    CAIRN_ROOT_SECRET_KEY: root.secretAccessKey,
  };
  const definitions = [createIdentitySystem(environment), backupSystem];
  const faces: { identity?: Identity } = {};
  const service = await startService({
    definitions,
    configuration: await loadConfiguration({
      definitions,
      directory: data,
      flags: { data: `${data}/data`, set: [`service.port=${options.port ?? 0}`, ...(options.set ?? [])] },
    }),
    world: realWorld(),
    print: () => {},
    authenticator: (system) => {
      faces.identity = system<Identity>('identity');
      return faces.identity.authenticator;
    },
    telemetry: silentTelemetry(),
  });
  cleanUps.push(async () => void (await service.stop()));
  const origin = service.endpoints.find(({ system }) => system === 'service')!.url;
  const identity = faces.identity!;
  const url = (repository: string) => `cairn://${new URL(origin).host}/${repository}`;
  const connection = (repository: string, credentials: TestCredentials = root) => {
    const made = connectToService({ url: url(repository), credentials });
    cleanUps.push(async () => made.close());
    return made;
  };
  return {
    service,
    identity,
    origin,
    url,
    connection,
    open: (repository, credentials = root) =>
      openServiceBlobs({ url: url(repository), credentials, world: realWorld() }),
    async user(name, actions) {
      await identity.createUser({ name });
      const Statement = { Effect: 'Allow', Action: actions, Resource: '*' };
      const document = JSON.stringify({ Version: '2012-10-17', Statement });
      await identity.putUserPolicy({ user: name, name: 'test', document });
      const key = await identity.createAccessKey({ user: name });
      return { accessKeyId: key.accessKeyId, secretAccessKey: key.secretKey };
    },
    async call(request, body) {
      const [method, path] = request.split(' ');
      assert(method !== undefined && path !== undefined, `"${request}" is a method and a path`);
      const authorization = `Basic ${Buffer.from(`${root.accessKeyId}:${root.secretAccessKey}`).toString('base64')}`;
      const response = await fetch(`${origin}/api/backup${path}`, {
        method,
        headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
  };
}
