// Rot on a simulated machine whose objects are replicated: from one bucket to another of the same storage, and to a server
// that is no part of the machine and fails now and then. Bytes of one side rot, never of both; some are shared by copies. The
// machine crashes, stalls, is restarted and fills up meanwhile.
//
// Safety: no read gives other bytes than were put. Liveness: in the end nothing is damaged any more, both sides and all
// copies have what was put, every count is right, and no blob is left over.

import assert from 'node:assert/strict';
import {
  type ObjectStorage,
  ObjectStorageError,
  objectBody,
  type ReplicationDestination,
  type VersionName,
} from '@cairn/object-storage';
import type { Scenario, Simulation } from '@cairn/world/simulated';
import { wholeContent } from '../../src/core/object-content.ts';
// Loaded before virtual time begins.
import '../../src/core/repair/blob-repairer.ts';
import metadataStore from '../../src/metadata/store.ts';
import { historyOf, replication } from '../replication/replicating.ts';
import { headerBytes, segmentFile } from '../replication/rot-object.ts';
import { type EventOperation, type EventRound, eventPlan } from './event-plan.ts';
import { StorageMachine } from './storage-machine.ts';

const attributes = { headers: {}, userMetadata: {} };
const away = 'arn:cairn:replication:::away';
const documents = replication([{ destination: 'arn:aws:s3:::copies' }, { destination: away }]);
/** Long enough for every retry. */
const restMs = 600_000;
const rotPerRound = 2;

/** `metadata`: the store, with a fault of its own. */
export function repairScenario(
  name: string,
  metadata: typeof metadataStore = metadataStore,
): Scenario<EventRound> {
  return { name, plan: eventPlan, run: (simulation, rounds) => new Run(simulation, metadata).all(rounds) };
}

class Run {
  readonly #simulation: Simulation;
  readonly #simulated: StorageMachine;
  /** At the server, by key and id. */
  readonly #there = new Map<string, Buffer>();
  /** What was put, by its digest. */
  readonly #puts = new Map<string, string>();
  readonly #copies: VersionName[] = [];
  #serverIsWell = false;
  #number = 0;

  constructor(simulation: Simulation, metadata: typeof metadataStore) {
    this.#simulation = simulation;
    this.#simulated = new StorageMachine(simulation, {
      metadata,
      // Rot has to be met by whoever reads.
      settings: { reserveBytes: 0, smallBlobBytesMax: 0 },
      replication: { destinations: { [away]: this.#server() } },
    });
  }

  get #storage(): ObjectStorage {
    return this.#simulated.storage;
  }

  async all(rounds: readonly EventRound[]): Promise<void> {
    await this.#simulated.open();
    for (const bucket of ['source', 'copies', 'plain'])
      await this.#storage.createBucket({ bucket, owner: 'me' });
    for (const bucket of ['source', 'copies'])
      await this.#storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    await this.#storage.configureBucket({ bucket: 'source', documents });
    for (const round of rounds) {
      await this.#rot();
      await this.#simulated.round(round, (operation) => this.#try(operation));
    }
    this.#serverIsWell = true;
    await this.#simulation.clock.sleep(restMs);
    await this.#verify();
  }

  #server(): ReplicationDestination {
    const { random } = this.#simulation;
    const fail = () => {
      if (!this.#serverIsWell && random.integer(3) === 0) throw new Error('away');
    };
    return {
      objection: async () => undefined,
      abandon: async () => {},
      close: () => {},
      replicate: async ({ key, version, object }) => {
        fail();
        const content = await object?.open(undefined);
        if (content === undefined) return {};
        const all = await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk));
        this.#there.set(`${key} ${version}`, Buffer.concat(all));
        return { versionId: version };
      },
      read: async ({ key, versionId }, { range: { start, length } }) => {
        fail();
        const bytes = this.#there.get(`${key} ${versionId}`)!;
        return wholeContent(bytes.subarray(start, start + length));
      },
    };
  }

  /** Of some versions that are well on both sides one side. */
  async #rot(): Promise<void> {
    const { random } = this.#simulation;
    if ((await this.#storage.stats()).damagedBlobs > 0) return;
    const versions = (await historyOf(this.#storage, 'source')).filter(({ deleteMarker }) => !deleteMarker);
    for (let count = 0; count < rotPerRound && versions.length > 0; count++) {
      const { key, versionId } = versions.splice(random.integer(versions.length), 1)[0]!;
      const { replication: found } = await this.#storage.headObject({ bucket: 'source', key, versionId });
      const states = found === undefined || found.replica ? [] : Object.values(found.to);
      if (states.length === 0 || states.some(({ status }) => status !== 'COMPLETED')) continue;
      const bucket = random.integer(2) === 0 ? 'source' : 'copies';
      await this.#rotObject({ bucket, key, versionId });
    }
  }

  async #rotObject(name: VersionName): Promise<void> {
    const { placements } = await this.#storage.inspect(name);
    const [{ log, runs } = { log: undefined, runs: [] }] = placements;
    assert(log !== undefined);
    const { segment, position } = runs[0]!;
    const path = `segments/log-${log}/${segmentFile(segment)}`;
    this.#simulated.machine.disk.rot(path, { position: position + headerBytes, bit: 0 });
    await assert.rejects(this.#read(name), { code: 'InternalError' });
  }

  async #try(operation: EventOperation): Promise<void> {
    await this.#change(operation).catch((error: unknown) => {
      const codes = ['InsufficientStorage', 'NoSuchKey', 'InternalError'];
      assert(error instanceof ObjectStorageError && codes.includes(error.code), String(error));
    });
  }

  async #change({ kind, key }: EventOperation): Promise<void> {
    const name = { bucket: 'source', key };
    if (kind === 'delete') return void (await this.#storage.deleteObject(name));
    const text = `${key} ${this.#number++}`;
    const { etag } = await this.#storage.putObject({
      ...name,
      attributes,
      body: objectBody(Buffer.from(text)),
    });
    this.#puts.set(etag, text);
    if (this.#number % 3 !== 0) return;
    const copy = { bucket: 'plain', key: `${key} ${this.#number}` };
    await this.#storage.copyObject({ ...copy, source: name });
    this.#copies.push(copy);
  }

  async #verify(): Promise<void> {
    const storage = this.#storage;
    const { damagedBlobs, repairs } = await storage.stats();
    assert.equal(damagedBlobs, 0, JSON.stringify(repairs));
    const history = await historyOf(storage, 'source');
    assert.deepEqual(await historyOf(storage, 'copies'), history);
    for (const { key, versionId, deleteMarker, etag } of history) {
      if (deleteMarker) continue;
      for (const bucket of ['source', 'copies']) await this.#requireText({ bucket, key, versionId }, etag);
    }
    for (const copy of this.#copies) await this.#requireText(copy, (await storage.headObject(copy)).etag);
    await storage.gc();
    assert.deepEqual(await storage.check({ deep: true }), []);
  }

  /** A put whose answer was lost in a crash is known by its key alone. */
  async #requireText(name: VersionName, etag: string): Promise<void> {
    const text = (await this.#read(name)).toString();
    const wanted = this.#puts.get(etag);
    if (wanted !== undefined) assert.equal(text, wanted);
    else assert(text.startsWith(name.key.split(' ')[0]!), text);
  }

  async #read(name: VersionName): Promise<Buffer> {
    const { content } = await this.#storage.getObject(name);
    return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk)));
  }
}
