// An S3 endpoint in this process, over a store in a temporary folder, for clients that we did not write.

import type { Principal } from '@cairn/service';
import { createMetrics, silentLog } from '@cairn/telemetry';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { type Clock, realWorld } from '@cairn/world';
import type { ObjectStorage } from '../../src/core/object-storage.ts';
import { openObjectStorage } from '../../src/core/open-object-storage.ts';
import type { OpenObjectStorageOptions } from '../../src/core/open-stores.ts';
import type { S3Identity, S3Question } from '../../src/s3/identity-port.ts';
import { type OpenS3ServerOptions, openS3Server } from '../../src/s3/server.ts';

/** Those of Amazon's documentation, which the captured requests are signed with. */
export const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
} as const;

export const region = 'us-east-1';

export type S3Endpoint = {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Everything counted, as Prometheus text. */
  metrics(): string;
  /** A clean stop of the endpoint, before the test ends; the store stays open. */
  stop(): Promise<void>;
};

export type StartOptions = Partial<
  Pick<
    OpenS3ServerOptions,
    | 'logDeliveryMs'
    | 'idleTimeoutMs'
    | 'timeouts'
    | 'domains'
    | 'identity'
    | 'queries'
    | 'owners'
    | 'objectOwnership'
  >
> & {
  /** What a principal may do; a signed request may do everything when absent. */
  readonly allows?: (principal: Principal, question: S3Question) => boolean;
  /** What time it is for the endpoint, when not now. */
  readonly nowMs?: number;
  /** Who delivers events. */
  readonly events?: OpenObjectStorageOptions['events'];
  /** Places of storage classes. */
  readonly classes?: OpenObjectStorageOptions['classes'];
  /** Puts something between the endpoint and its store. */
  readonly wrap?: (storage: ObjectStorage) => ObjectStorage;
};

/** Starts the endpoint; it ends with the test. */
export async function startS3Endpoint(test: TestContext, options: StartOptions = {}): Promise<S3Endpoint> {
  const world = realWorld();
  const metrics = createMetrics();
  const telemetry = { log: silentLog, metrics };
  const storage = await openObjectStorage({
    directory: await temporaryDirectory(test),
    world,
    telemetry,
    events: options.events,
    classes: options.classes,
  });
  const { allows, nowMs, wrap, events: _, classes: __, ...serverOptions } = options;
  const server = await openS3Server({
    storage: wrap?.(storage) ?? storage,
    identity: identityOfOne(allows),
    world: nowMs === undefined ? world : { ...world, clock: standingClock(world.clock, nowMs) },
    telemetry,
    region,
    account: '000000000000',
    host: '127.0.0.1',
    port: 0,
    ...serverOptions,
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= server.close(AbortSignal.timeout(5_000));
    return stopping;
  };
  cleanUpAfter(test, async () => {
    await stop();
    await storage.close();
  });
  return { url: server.url, port: server.port, metrics: () => metrics.expose(), stop };
}

function standingClock(clock: Clock, nowMs: number): Clock {
  return {
    nowMs: () => nowMs,
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    nextTurn: (callback) => clock.nextTurn(callback),
    sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
  };
}

function identityOfOne(allows: StartOptions['allows']): S3Identity {
  const { accessKeyId, secretAccessKey: secret } = credentials;
  const principal: Principal = {
    type: 'root',
    name: 'root',
    arn: 'arn:aws:iam::000000000000:root',
    accessKeyId,
  };
  return {
    findAccessKey: (id) => (id === accessKeyId ? { secret, principal, active: true } : undefined),
    findSession: () => 'InvalidToken',
    authorize(asking, question) {
      const allowed = allows?.(asking, question) ?? asking.type === 'root';
      // Whoever owns a bucket is let in unless a policy denies it.
      const denied = asking.type === 'root' ? 'explicit-deny' : 'implicit-deny';
      return { decision: allowed ? 'allow' : denied };
    },
    getUser: () => Promise.reject(Object.assign(new Error('no such user'), { code: 'NoSuchEntity' })),
  };
}
