// Events on a simulated machine that crashes, stalls, is restarted and fills up, delivered to two targets: one fails now
// and then, before or after it took a batch, or takes its time; the other takes nothing until the end.
//
// Safety: every key is told in its order, nothing is told that did not happen, nothing that happened is left out.
// Liveness: what waits for the target that is well arrives although the other one fails, and in the end all does.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type EventSink, type ObjectStorage, ObjectStorageError, objectBody } from '@cairn/object-storage';
import type { Scenario, Simulation } from '@cairn/world/simulated';
import type { EventRecord } from '../../src/events/event-record.ts';
import metadataStore from '../../src/metadata/store.ts';
import { notification } from '../events/remembering-sink.ts';
import { EventModel } from './event-model.ts';
import { type EventOperation, type EventRound, eventPlan, keys } from './event-plan.ts';
import { StorageMachine } from './storage-machine.ts';

const bucket = 'told';
const attributes = { headers: {}, userMetadata: {} };
const targets = {
  flaky: 'arn:aws:sqs:us-east-1:000000000000:flaky',
  dead: 'arn:aws:sqs:us-east-1:000000000000:dead',
};
const asked = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'];
const documents = {
  notification: notification([
    { events: asked, target: targets.flaky, prefix: 'flaky/' },
    { events: asked, target: targets.dead, prefix: 'dead/' },
  ]),
};
/** Long enough for every retry. */
const restMs = 300_000;

/** `metadata`: the store, with a fault of its own. */
export function eventScenario(
  name: string,
  metadata: typeof metadataStore = metadataStore,
): Scenario<EventRound> {
  return { name, plan: eventPlan, run: (simulation, rounds) => new Run(simulation, metadata).all(rounds) };
}

class Run {
  readonly #simulation: Simulation;
  readonly #simulated: StorageMachine;
  readonly #models = new Map(keys.map((key) => [key as string, new EventModel(key)]));
  readonly #taken: EventRecord[] = [];
  #deadIsWell = false;
  #flakyIsWell = false;
  #number = 0;

  constructor(simulation: Simulation, metadata: typeof metadataStore) {
    this.#simulation = simulation;
    this.#simulated = new StorageMachine(simulation, { metadata, events: { sinks: [this.#sink()] } });
  }

  get #storage(): ObjectStorage {
    return this.#simulated.storage;
  }

  async all(rounds: readonly EventRound[]): Promise<void> {
    await this.#simulated.open();
    await this.#storage.createBucket({ bucket, owner: 'me', documents });
    for (const round of rounds) await this.#simulated.round(round, (operation) => this.#change(operation));
    this.#flakyIsWell = true;
    await this.#simulation.clock.sleep(restMs);
    const waiting = (await this.#storage.stats()).events;
    assert(
      waiting.every(({ target }) => target === targets.dead),
      'a target that fails holds back another',
    );
    this.#deadIsWell = true;
    await this.#simulation.clock.sleep(restMs);
    assert.deepEqual((await this.#storage.stats()).events, [], 'events wait although every target is well');
    await this.#verify();
  }

  /** It is no part of the machine: what it was sent it takes, whether the sender is still there or not. */
  #sink(): EventSink {
    const { random, clock } = this.#simulation;
    return {
      accepts: (target) => Object.values(targets).includes(target),
      deliver: async (target, records) => {
        if (target === targets.dead && !this.#deadIsWell) throw new Error('dead');
        const luck = this.#flakyIsWell ? 9 : random.integer(10);
        if (luck === 0) throw new Error('not taken');
        if (luck < 4) await clock.sleep(random.integer(5_000));
        this.#taken.push(...records);
        if (luck === 1) throw new Error('taken, and the answer lost');
      },
    };
  }

  async #change({ kind, key }: EventOperation): Promise<void> {
    const content = Buffer.from(`${key} ${this.#number++}`);
    const etag = kind === 'put' ? createHash('md5').update(content).digest('hex') : undefined;
    const step = this.#models.get(key)!.begin(etag);
    try {
      if (kind === 'put')
        await this.#storage.putObject({ bucket, key, attributes, body: objectBody(content) });
      else await this.#storage.deleteObject({ bucket, key });
      step.outcome = 'done';
    } catch (error) {
      assert(error instanceof ObjectStorageError && error.code === 'InsufficientStorage', String(error));
      step.outcome = 'refused';
    }
  }

  async #verify(): Promise<void> {
    const request = { bucket, prefix: '', delimiter: '', after: '', limit: 1_000 };
    const { objects } = await this.#storage.listObjects(request);
    for (const [key, model] of this.#models) {
      const encoded = new URLSearchParams({ key }).toString().slice('key='.length);
      const records = this.#taken.filter(({ s3 }) => s3.object.key === encoded);
      model.check(records, objects.find((object) => object.key === key)?.etag);
    }
    assert.deepEqual(await this.#storage.check({ deep: true }), []);
  }
}
