// Replication on a simulated machine that crashes, stalls, is restarted and fills up: from one bucket to another of the same
// storage, and to a server that is no part of the machine, fails now and then, and sometimes stores and does not say so.
//
// Safety: nothing arrives that was not written, and nothing twice. Liveness: in the end the bucket holds the same versions
// in the same order as its source, and the server holds their contents in the order in which they were written.

import assert from 'node:assert/strict';
import {
  type ObjectStorage,
  ObjectStorageError,
  objectBody,
  type ReplicationDestination,
} from '@cairn/object-storage';
import type { Scenario, Simulation } from '@cairn/world/simulated';
import metadataStore from '../../src/metadata/store.ts';
import { historyOf, replication } from '../replication/replicating.ts';
import { type EventOperation, type EventRound, eventPlan } from './event-plan.ts';
import { StorageMachine } from './storage-machine.ts';

const attributes = { headers: {}, userMetadata: {} };
const away = 'arn:cairn:replication:::away';
const documents = replication([
  { destination: 'arn:aws:s3:::copies', existingObjects: true },
  { destination: away, existingObjects: true },
]);
/** Long enough for every retry. */
const restMs = 600_000;

/** What arrived at the server: of each key its versions, a delete marker without a text. */
type Arrived = { readonly version: string; readonly text: string | undefined };

/** `metadata`: the store, with a fault of its own. */
export function replicationScenario(
  name: string,
  metadata: typeof metadataStore = metadataStore,
): Scenario<EventRound> {
  return { name, plan: eventPlan, run: (simulation, rounds) => new Run(simulation, metadata).all(rounds) };
}

class Run {
  readonly #simulation: Simulation;
  readonly #simulated: StorageMachine;
  readonly #arrived = new Map<string, Arrived[]>();
  #serverIsWell = false;
  #number = 0;

  constructor(simulation: Simulation, metadata: typeof metadataStore) {
    this.#simulation = simulation;
    const replication = { destinations: { [away]: this.#server() } };
    this.#simulated = new StorageMachine(simulation, { metadata, replication });
  }

  get #storage(): ObjectStorage {
    return this.#simulated.storage;
  }

  async all(rounds: readonly EventRound[]): Promise<void> {
    await this.#simulated.open();
    for (const bucket of ['source', 'copies']) {
      await this.#storage.createBucket({ bucket, owner: 'me' });
      await this.#storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    }
    const configuredBefore = Math.floor(rounds.length / 3);
    for (const [index, round] of rounds.entries()) {
      // What was written in the rounds before was there before.
      if (index === configuredBefore) await this.#storage.configureBucket({ bucket: 'source', documents });
      await this.#simulated.round(round, (operation) => this.#change(operation));
    }
    this.#serverIsWell = true;
    await this.#simulation.clock.sleep(restMs);
    assert.deepEqual((await this.#storage.stats()).replication, [], 'versions wait although all is well');
    await this.#verify();
  }

  #server(): ReplicationDestination {
    const { random, clock } = this.#simulation;
    return {
      objection: async () => undefined,
      abandon: async () => {},
      read: () => Promise.reject(new Error('not asked for')),
      close: () => {},
      replicate: async ({ key, version, object }) => {
        const luck = this.#serverIsWell ? 9 : random.integer(10);
        if (luck === 0) throw new Error('not taken');
        if (luck < 4) await clock.sleep(random.integer(5_000));
        const text = object && (await textOf(object));
        const there = this.#arrived.get(key) ?? [];
        this.#arrived.set(key, there);
        if (!there.some((arrived) => arrived.version === version)) there.push({ version, text });
        if (luck === 1) throw new Error('taken, and the answer lost');
        return {};
      },
    };
  }

  async #change({ kind, key }: EventOperation): Promise<void> {
    const content = Buffer.from(`${key} ${this.#number++}`);
    const name = { bucket: 'source', key };
    try {
      if (kind === 'put') await this.#storage.putObject({ ...name, attributes, body: objectBody(content) });
      else await this.#storage.deleteObject(name);
    } catch (error) {
      assert(error instanceof ObjectStorageError && error.code === 'InsufficientStorage', String(error));
    }
  }

  async #verify(): Promise<void> {
    const storage = this.#storage;
    const history = await historyOf(storage, 'source');
    assert.deepEqual(await historyOf(storage, 'copies'), history, 'the copies are not what the source is');
    const wanted = Map.groupBy(history.toReversed(), ({ key }) => key);
    for (const [key, versions] of wanted) {
      const texts = versions.map(({ versionId, deleteMarker }) =>
        deleteMarker ? undefined : this.#textOf('source', key, versionId),
      );
      const arrived = this.#arrived.get(key) ?? [];
      assert.deepEqual(
        arrived.map(({ text }) => text),
        await Promise.all(texts),
        `${key}: what arrived at the server, in which order`,
      );
      for (const { versionId, deleteMarker, etag } of versions) {
        if (deleteMarker) continue;
        const copy = await this.#textOf('copies', key, versionId);
        assert.equal(copy, await this.#textOf('source', key, versionId), etag);
      }
    }
    assert.deepEqual([...this.#arrived.keys()].toSorted(), [...wanted.keys()].toSorted());
    assert.deepEqual(await storage.check({ deep: true }), []);
  }

  async #textOf(bucket: string, key: string, versionId: string): Promise<string> {
    const { content } = await this.#storage.getObject({ bucket, key, versionId });
    return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).toString();
  }
}

async function textOf(
  object: NonNullable<Parameters<ReplicationDestination['replicate']>[0]['object']>,
): Promise<string> {
  const content = await object.open(undefined);
  return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).toString();
}
