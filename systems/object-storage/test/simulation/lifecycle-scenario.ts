// Lifecycle rules on a simulated machine whose days are 20 s long: clients put and delete, the machine crashes, stalls,
// fills up and has its clock set, and the metadata store is slow between what is found and what is deleted.
//
// Safety: nothing is gone that no rule was due for. Liveness: in the end everything is gone that a rule covers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type ObjectStorage, ObjectStorageError, objectBody } from '@cairn/object-storage';
import type { Scenario, Simulation } from '@cairn/world/simulated';
import metadataStore, { type MetadataSql } from '../../src/metadata/store.ts';
import { type Covering, LifecycleModel } from './lifecycle-model.ts';
import {
  buckets,
  keys,
  type LifecycleOperation,
  type LifecycleRound,
  lifecyclePlan,
  roundMs,
} from './lifecycle-plan.ts';
import { replacing } from './sabotage.ts';
import { StorageMachine } from './storage-machine.ts';

const dayMs = 20_000;
const attributes = { headers: {}, userMetadata: {} };
/** More than all jumps of the clock together, so that nothing lies in the future in the end. */
const settleMs = 100 * 3_600_000;

const coverings: Readonly<Record<string, Covering>> = {
  'temp/': { expireMs: dayMs, noncurrentMs: dayMs, abortMs: dayMs },
  'last/': { noncurrentMs: dayMs, newer: 1 },
};
const covering = (key: string) => coverings[key.slice(0, 'temp/'.length)] ?? {};

const rules = [
  {
    ...{ id: 'temp', enabled: true, filter: { prefix: 'temp/' }, form: 'filter' },
    ...{ expiration: { days: 1 }, noncurrentExpiration: { days: 1 }, abortUploadsAfterDays: 1 },
  },
  {
    ...{ id: 'last', enabled: true, filter: { prefix: 'last/' }, form: 'filter' },
    noncurrentExpiration: { days: 1, newerVersions: 1 },
  },
];

/** `metadata`: the store, with a fault of its own. */
export function lifecycleScenario(
  name: string,
  metadata: typeof metadataStore = metadataStore,
): Scenario<LifecycleRound> {
  return {
    name,
    plan: lifecyclePlan,
    run: (simulation, rounds) => new Run(simulation, metadata).all(rounds),
  };
}

class Run {
  readonly #simulation: Simulation;
  readonly #simulated: StorageMachine;
  readonly #models = new Map(buckets.map((bucket) => [bucket as string, new LifecycleModel(covering)]));
  #number = 0;

  constructor(simulation: Simulation, metadata: typeof metadataStore) {
    this.#simulation = simulation;
    this.#simulated = new StorageMachine(simulation, {
      ...{ metadata, wrap: (sql) => this.#slowed(sql), lifecycle: { dayMs }, partBytesMin: 0 },
    });
  }

  get #storage(): ObjectStorage {
    return this.#simulated.storage;
  }

  async all(rounds: readonly LifecycleRound[]): Promise<void> {
    await this.#simulated.open();
    for (const bucket of buckets) {
      const documents = { lifecycle: JSON.stringify({ rules }) };
      await this.#storage.createBucket({ bucket, owner: 'me', documents });
    }
    await this.#storage.setBucketVersioning({ bucket: 'versioned', versioning: 'enabled' });
    for (const round of rounds) {
      await this.#round(round);
      await this.#verify();
    }
    this.#simulated.machine.clockJump(settleMs);
    await this.#simulation.clock.sleep(20 * dayMs);
    await this.#verify();
    await this.#verifySettled();
  }

  /** Clients get in between what the worker found and what it deletes. */
  #slowed(metadata: MetadataSql): MetadataSql {
    const { clock, random } = this.#simulation;
    const write: MetadataSql['write'] = async (name, input) => {
      if (name === 'expire') await clock.sleep(random.integer(8_000));
      return metadata.write(name, input);
    };
    return replacing(metadata, { write });
  }

  async #round({ operations, fault }: LifecycleRound): Promise<void> {
    this.#note();
    if (fault?.kind === 'clock-jump') this.#simulated.machine.clockJump(fault.byMs);
    this.#note();
    const answered = this.#simulated.clients(operations, {
      clientOf: ({ bucket, key }) => `${bucket} ${key}`,
      carryOut: (operation) =>
        operation.kind === 'upload' ? this.#upload(operation) : this.#change(operation),
    });
    const machineFault = fault?.kind === 'clock-jump' ? undefined : fault;
    const { afterMs = 0 } = machineFault ?? {};
    await this.#simulation.clock.sleep(afterMs);
    if (machineFault?.kind === 'crash') this.#note();
    if (machineFault !== undefined) await this.#simulated.suffer(machineFault);
    await this.#simulation.clock.sleep(roundMs - afterMs);
    if (machineFault?.kind !== 'crash') await answered;
  }

  async #change({ kind, bucket, key }: LifecycleOperation): Promise<void> {
    const content = Buffer.from(`${key} ${this.#number++}`);
    const etag = kind === 'put' ? createHash('md5').update(content).digest('hex') : undefined;
    const model = this.#models.get(bucket)!;
    const answer = model.begin(key, { etag, atMs: this.#note() });
    const answered = await refusable(
      (): Promise<{ readonly versionId: string | undefined }> =>
        kind === 'put'
          ? this.#storage.putObject({ bucket, key, attributes, body: objectBody(content) })
          : this.#storage.deleteObject({ bucket, key }),
    );
    if (answered === undefined) model.refused(key);
    else answer(answered.versionId);
  }

  async #upload({ bucket, key }: LifecycleOperation): Promise<void> {
    const atMs = this.#note();
    const created = await refusable(() =>
      this.#storage.createUpload({ bucket, key, attributes, owner: 'me' }),
    );
    if (created === undefined) return;
    this.#models.get(bucket)!.uploadBegun(created.uploadId, { key, atMs });
    const part = { bucket, key, uploadId: created.uploadId, partNumber: 1 };
    await refusable(() => this.#storage.uploadPart({ ...part, body: objectBody(Buffer.from('part')) }));
  }

  /** What time it is, which the models have to hear of before and after every jump. */
  #note(): number {
    const nowMs = Math.floor(this.#simulated.machine.world.clock.nowMs());
    for (const model of this.#models.values()) model.passed(nowMs);
    return nowMs;
  }

  async #verify(): Promise<void> {
    for (const [bucket, model] of this.#models) {
      const versions = await this.#versionsOf(bucket);
      const uploads = await this.#uploadsOf(bucket);
      this.#note();
      for (const key of keys) {
        const seen = versions.filter((version) => version.key === key);
        if (bucket === 'versioned') model.observedVersions(key, seen);
        else model.observed(key, seen[0]?.etag);
      }
      model.observedUploads(uploads.map(({ uploadId }) => uploadId));
    }
    assert.deepEqual(await this.#storage.check({ deep: true }), []);
  }

  async #versionsOf(bucket: string) {
    const marker = { afterKey: '', afterVersion: '', limit: 1_000 };
    const { versions } = await this.#storage.listVersions({ bucket, prefix: '', delimiter: '', ...marker });
    return versions.map(({ key, versionId: id, etag, deleteMarker }) => ({
      ...{ key, id },
      etag: deleteMarker ? undefined : etag,
    }));
  }

  async #uploadsOf(bucket: string) {
    const marker = { afterKey: '', afterUploadId: '', limit: 1_000 };
    return (await this.#storage.listUploads({ bucket, prefix: '', delimiter: '', ...marker })).uploads;
  }

  async #verifySettled(): Promise<void> {
    for (const bucket of buckets) {
      const versions = await this.#versionsOf(bucket);
      const temporary = versions.filter(({ key }) => key.startsWith('temp/'));
      assert.deepEqual(temporary, [], `what a rule covers is left in ${bucket}`);
      const last = versions.filter(({ key }) => key.startsWith('last/'));
      assert(last.length <= 2, `${last.length} versions are left in ${bucket} of a key that keeps one`);
      const uploads = (await this.#uploadsOf(bucket)).filter(({ key }) => key.startsWith('temp/'));
      assert.deepEqual(uploads, [], `uploads that a rule covers are left in ${bucket}`);
    }
    for (const { at, finishedMs, startedMs } of (await this.#storage.stats()).lifecycle) {
      assert(at !== undefined || finishedMs >= startedMs, 'no pass has ended');
    }
    const { blobs, referencedBlobs } = await this.#storage.stats();
    assert.equal(blobs, referencedBlobs, 'blobs are left that nothing refers to');
  }
}

/** Undefined for what a full disk explains. */
async function refusable<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ObjectStorageError && error.code === 'InsufficientStorage') return undefined;
    throw error;
  }
}
