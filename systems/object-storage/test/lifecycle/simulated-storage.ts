// A storage on a simulated machine, whose days pass at once.

import { type ObjectStorage, type ObjectTag, objectBody, type StorageClass } from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import type { LifecycleSettings } from '../../src/core/lifecycle/lifecycle-worker.ts';
import type { PlaceSettings } from '../../src/core/transition/places.ts';
import type { TransitionSettings } from '../../src/core/transition/transition-workers.ts';
import type { LifecycleRule } from '../../src/lifecycle/lifecycle-rules.ts';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { openOnMachine } from '../open-on-machine.ts';

export const bucket = 'aging';
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** Long enough for a pass. */
export const passMs = 120_000;

export type OpenOptions = {
  readonly lifecycle?: Partial<LifecycleSettings & TransitionSettings>;
  /** Of storage classes that have one. */
  readonly places?: readonly PlaceSettings[];
  /** Puts something between the storage and its metadata. */
  readonly wrap?: (metadata: MetadataSql) => MetadataSql;
};

export type Simulated = {
  /** Goes on whatever happens to the machine. */
  readonly clock: Clock;
  readonly machine: SimulatedMachine;
  readonly metrics: () => string;
  open(options?: OpenOptions): Promise<ObjectStorage>;
  sleep(ms: number): Promise<void>;
  /** The wall clock jumps, then a pass may happen: a day that is slept through is a minute of events. */
  age(ms: number): Promise<void>;
  /** To so long after the next midnight UTC. */
  untilAfterMidnight(ms: number): Promise<void>;
  nowMs(): number;
};

export async function simulated(run: (parts: Simulated) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1, eventsMax: 10_000_000 });
  const machine = simulation.machine('storage');
  const { clock } = simulation;
  let metrics = createMetrics();
  const open = async ({ lifecycle, places, wrap }: OpenOptions = {}) => {
    metrics = createMetrics();
    const storage = await openOnMachine(machine, {
      ...{ lifecycle, places, wrap, partBytesMin: 0 },
      telemetry: { ...silentTelemetry(), metrics },
    });
    await storage.createBucket({ bucket, owner: 'me' }).catch(() => {});
    return storage;
  };
  const age = (ms: number) => {
    machine.clockJump(Math.max(0, ms - passMs));
    return clock.sleep(Math.min(ms, passMs));
  };
  await simulation.run(() =>
    run({
      ...{ machine, clock, open },
      metrics: () => metrics.expose(),
      sleep: (ms) => clock.sleep(ms),
      untilAfterMidnight: (ms) => age(dayMs - (machine.world.clock.nowMs() % dayMs) + ms),
      age,
      nowMs: () => machine.world.clock.nowMs(),
    }),
  );
}

export type Rule = Partial<LifecycleRule>;

export async function setRules(storage: ObjectStorage, ...rules: readonly Rule[]): Promise<void> {
  const whole = rules.map((rule, index) => ({
    ...{ id: `rule ${index}`, enabled: true, filter: {}, form: 'filter' },
    ...rule,
  }));
  await storage.configureBucket({ bucket, documents: { lifecycle: JSON.stringify({ rules: whole }) } });
}

export type PutOptions = {
  readonly sizeBytes?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly storageClass?: StorageClass;
};

export async function put(
  storage: ObjectStorage,
  key: string,
  { sizeBytes = 10, tags, storageClass }: PutOptions = {},
): Promise<string | undefined> {
  const attributes = { headers: {}, userMetadata: {}, storageClass, tags: tags && tagsOf(tags) };
  const body = objectBody(Buffer.alloc(sizeBytes, key));
  return (await storage.putObject({ bucket, key, attributes, body })).versionId;
}

export async function keysOf(storage: ObjectStorage): Promise<string[]> {
  const page = await storage.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 1_000 });
  return page.objects.map(({ key }) => key);
}

/** `KEY VERSION`, with `marker` for delete markers, in the order of the listing. */
export async function versionsOf(storage: ObjectStorage): Promise<string[]> {
  const request = { bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 1_000 };
  const { versions } = await storage.listVersions(request);
  return versions.map(({ key, versionId, deleteMarker }) => `${key} ${deleteMarker ? 'marker' : versionId}`);
}

export async function uploadsOf(storage: ObjectStorage): Promise<string[]> {
  const request = { bucket, prefix: '', delimiter: '', afterKey: '', afterUploadId: '', limit: 1_000 };
  return (await storage.listUploads(request)).uploads.map(({ key }) => key);
}

export function tagsOf(tags: Readonly<Record<string, string>>): ObjectTag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
