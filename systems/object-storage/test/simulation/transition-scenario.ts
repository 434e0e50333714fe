// Objects that move to places on other machines, one of which is an archive, while clients write, read, rename and restore,
// the machine crashes, stalls and fills up, and calls to the places fail before or after they did their work.
//
// Safety: what is read is what was put, and a version lists and reads with the bytes of its entity tag. Liveness: in the end
// everything has moved that should, and at the places lies what versions name, and nothing else.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type ObjectStorage, ObjectStorageError, objectBody } from '@cairn/object-storage';
import type { Scenario, Simulation } from '@cairn/world/simulated';
import metadataStore from '../../src/metadata/store.ts';
import { SimulatedPlace } from '../transition/simulated-place.ts';
import { StorageMachine } from './storage-machine.ts';
import {
  buckets,
  keys,
  roundMs,
  type TransitionOperation,
  type TransitionRound,
  transitionPlan,
} from './transition-plan.ts';

const dayMs = 20_000;
const rules = [
  {
    ...{ id: 'cold', enabled: true, filter: { prefix: 'cold/', sizeGreaterThan: 0 }, form: 'and' },
    transitions: [{ days: 1, storageClass: 'STANDARD_IA' }],
    noncurrentTransitions: [{ days: 1, storageClass: 'GLACIER' }],
  },
];

/** `metadata`: the store, with a fault of its own. */
export function transitionScenario(
  name: string,
  metadata: typeof metadataStore = metadataStore,
): Scenario<TransitionRound> {
  return {
    name,
    plan: transitionPlan,
    run: (simulation, rounds) => new Run(simulation, metadata).all(rounds),
  };
}

/** Entity tags that a key may have; undefined for none. More than one after an answer that never came. */
type Possible = Set<string | undefined>;

class Run {
  readonly #simulation: Simulation;
  readonly #simulated: StorageMachine;
  readonly #places: { readonly cold: SimulatedPlace; readonly archive: SimulatedPlace };
  readonly #possible = new Map<string, Possible>();
  #number = 0;

  constructor(simulation: Simulation, metadata: typeof metadataStore) {
    this.#simulation = simulation;
    const { clock, random } = simulation;
    const place = () => new SimulatedPlace({ clock, random });
    const { cold, archive } = { cold: place(), archive: place() };
    this.#places = { cold, archive };
    this.#simulated = new StorageMachine(simulation, {
      ...{ metadata, partBytesMin: 0, lifecycle: { dayMs, transitionBytesPerSecond: 200_000 } },
      places: [
        { storageClass: 'STANDARD_IA', url: 'memory:cold', open: () => cold.open() },
        { storageClass: 'GLACIER', url: 'memory:archive', open: () => archive.open() },
      ],
    });
  }

  get #storage(): ObjectStorage {
    return this.#simulated.storage;
  }

  async all(rounds: readonly TransitionRound[]): Promise<void> {
    await this.#simulated.open();
    for (const bucket of buckets) {
      await this.#storage.createBucket({
        bucket,
        owner: 'me',
        documents: { lifecycle: JSON.stringify({ rules }) },
      });
    }
    await this.#storage.setBucketVersioning({ bucket: 'versioned', versioning: 'enabled' });
    for (const round of rounds) {
      this.#eachPlace((place) => {
        place.failsOneIn = 8;
      });
      await this.#round(round);
      this.#eachPlace((place) => {
        place.failsOneIn = 0;
        place.away = false;
      });
      await this.#verify();
    }
    await this.#simulation.clock.sleep(20 * dayMs + 15 * 60_000);
    await this.#verify();
    await this.#verifySettled();
  }

  #eachPlace(change: (place: SimulatedPlace) => void): void {
    for (const place of Object.values(this.#places)) change(place);
  }

  async #round({ operations, fault }: TransitionRound): Promise<void> {
    // Keys of one prefix have one client.
    const answered = this.#simulated.clients(operations, {
      clientOf: ({ bucket, key }) => `${bucket} ${key.slice(0, 5)}`,
      carryOut: (operation) => this.#do(operation),
    });
    const { afterMs = 0 } = fault ?? {};
    await this.#simulation.clock.sleep(afterMs);
    if (fault?.kind === 'place-away') await this.#placesAway(fault.durationMs);
    else if (fault !== undefined) await this.#simulated.suffer(fault);
    await this.#simulation.clock.sleep(roundMs - afterMs);
    if (fault?.kind !== 'crash') await answered;
  }

  async #placesAway(durationMs: number): Promise<void> {
    this.#eachPlace((place) => {
      place.away = true;
    });
    await this.#simulation.clock.sleep(durationMs);
    this.#eachPlace((place) => {
      place.away = false;
    });
  }

  async #do({ kind, bucket, key, sizeBytes }: TransitionOperation): Promise<void> {
    switch (kind) {
      case 'put':
        return this.#put({ bucket, key, sizeBytes, storageClass: undefined });
      case 'put-cold':
        return this.#put({ bucket, key, sizeBytes, storageClass: 'STANDARD_IA' });
      case 'put-archive':
        return this.#put({ bucket, key, sizeBytes, storageClass: 'GLACIER' });
      case 'delete':
        return this.#change(bucket, { key, to: undefined }, () =>
          this.#storage.deleteObject({ bucket, key }),
        );
      case 'get':
        return this.#get(bucket, key);
      case 'restore':
        await this.#refusable(() => this.#storage.restoreObject({ bucket, key, days: 1 }));
        return;
      case 'rename':
        return this.#rename(bucket, key);
      case 'gc':
        await this.#refusable(() => this.#storage.gc());
    }
  }

  async #put(put: {
    bucket: string;
    key: string;
    sizeBytes: number;
    storageClass: 'STANDARD_IA' | 'GLACIER' | undefined;
  }): Promise<void> {
    const { bucket, key, sizeBytes, storageClass } = put;
    const content = Buffer.alloc(sizeBytes, `${key} ${this.#number++} `);
    const attributes = { headers: {}, userMetadata: {}, storageClass };
    await this.#change(bucket, { key, to: etagOf(content) }, () =>
      this.#storage.putObject({ bucket, key, attributes, body: objectBody(content) }),
    );
  }

  /** Until it is answered both may be. A client of a crashed machine gets no answer, and never comes back here. */
  async #change(
    bucket: string,
    { key, to }: { key: string; to: string | undefined },
    change: () => Promise<unknown>,
  ): Promise<void> {
    const before = this.#possibleOf(bucket, key);
    this.#possible.set(`${bucket} ${key}`, new Set([...before, to]));
    const answer = await this.#refusable(change);
    this.#possible.set(`${bucket} ${key}`, answer === undefined ? before : new Set([to]));
  }

  /** Within the keys of the same client. */
  async #rename(bucket: string, source: string): Promise<void> {
    const key = keys.find((other) => other !== source && other.slice(0, 5) === source.slice(0, 5))!;
    const [from, to] = [this.#possibleOf(bucket, source), this.#possibleOf(bucket, key)];
    this.#possible.set(`${bucket} ${source}`, new Set([...from, undefined]));
    this.#possible.set(`${bucket} ${key}`, new Set([...to, ...from]));
    const answer = await this.#refusable(() => this.#storage.renameObject({ bucket, source, key }));
    this.#possible.set(`${bucket} ${source}`, answer === undefined ? from : new Set([undefined]));
    const moved = new Set([...from].filter((etag) => etag !== undefined));
    this.#possible.set(`${bucket} ${key}`, answer === undefined ? to : moved);
  }

  #possibleOf(bucket: string, key: string): Possible {
    return this.#possible.get(`${bucket} ${key}`) ?? new Set([undefined]);
  }

  async #get(bucket: string, key: string): Promise<void> {
    const etag = await this.#etagRead({ bucket, key });
    if (etag === 'unreadable') return;
    const possible = this.#possibleOf(bucket, key);
    assert(possible.has(etag), `${bucket} ${key} reads as ${etag}, not as any of ${[...possible]}`);
  }

  /** Of the bytes that come; `unreadable` for what is archived, or lies at a place that fails. */
  async #etagRead(name: {
    bucket: string;
    key: string;
    versionId?: string;
  }): Promise<string | undefined | 'unreadable'> {
    try {
      const { content } = await this.#storage.getObject(name);
      const hash = createHash('md5');
      for await (const chunk of content.chunks()) hash.update(chunk);
      return hash.digest('hex');
    } catch (error) {
      if (!(error instanceof ObjectStorageError)) throw error;
      if (error.code === 'NoSuchKey') return undefined;
      if (error.code === 'InvalidObjectState' || error.code === 'ServiceUnavailable') return 'unreadable';
      throw error;
    }
  }

  /** With places that can be reached. */
  async #verify(): Promise<void> {
    for (const bucket of buckets) {
      for (const key of keys) await this.#get(bucket, key);
      for (const { key, versionId, etag, deleteMarker } of await this.#versionsOf(bucket)) {
        if (deleteMarker) continue;
        const read = await this.#etagRead({ bucket, key, versionId });
        assert(read === 'unreadable' || read === etag, `${bucket} ${key} ${versionId} has other bytes`);
      }
    }
    assert.deepEqual(await this.#storage.check({ deep: true }), []);
  }

  async #versionsOf(bucket: string) {
    const marker = { afterKey: '', afterVersion: '', limit: 1_000 };
    return (await this.#storage.listVersions({ bucket, prefix: '', delimiter: '', ...marker })).versions;
  }

  async #verifySettled(): Promise<void> {
    const named = new Set<string>();
    for (const bucket of buckets) {
      for (const { key, versionId, deleteMarker, sizeBytes, storageClass } of await this.#versionsOf(
        bucket,
      )) {
        if (deleteMarker) continue;
        const { placements } = await this.#storage.inspect({ bucket, key, versionId });
        const moved = placements.filter(({ blob }) => blob.includes('/'));
        const due = storageClass !== undefined || (key.startsWith('cold/') && sizeBytes > 0);
        assert.equal(
          moved.length,
          due ? 1 : 0,
          `${bucket} ${key} of ${storageClass} lies in ${moved.length} places`,
        );
        for (const { blob } of moved) named.add(blob.slice(blob.indexOf('/') + 1));
      }
    }
    const there = Object.values(this.#places).flatMap(({ blobs }) => [...blobs.keys()]);
    const names = there.map((name) => name.slice(name.indexOf('/') + 1));
    assert.deepEqual(
      names.toSorted(),
      [...named].toSorted(),
      'at the places lies something else than versions name',
    );
    for (const { waiting, restoring, restored, garbage } of (await this.#storage.stats()).storageClasses) {
      assert.deepEqual(
        { waiting, restoring, restored, garbage },
        { waiting: 0, restoring: 0, restored: 0, garbage: 0 },
      );
    }
    const { blobs, referencedBlobs } = await this.#storage.stats();
    assert.equal(blobs, referencedBlobs, 'blobs are left that nothing refers to');
  }

  /** Undefined for what a full disk, the state of an object or a place that fails explains. */
  async #refusable<T>(call: () => Promise<T>): Promise<T | undefined> {
    const refusals = [
      ...['InsufficientStorage', 'InvalidObjectState', 'RestoreAlreadyInProgress'],
      ...['NoSuchKey', 'ServiceUnavailable'],
    ];
    try {
      return await call();
    } catch (error) {
      if (error instanceof ObjectStorageError && refusals.includes(error.code)) return undefined;
      throw error;
    }
  }
}

function etagOf(content: Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}
