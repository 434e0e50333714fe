// A coordinator over partitions and groups that are fake and metadata in a simulated engine, and requests with short names.

import { openSimulatedSql } from '@cairn/engines';
import { silentTelemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { type KafkaErrorCode, kafkaErrors } from '../../src/errors.ts';
import metadataStore from '../../src/metadata/store.ts';
import { PartitionError } from '../../src/partition/partition.ts';
import {
  openTransactionCoordinator,
  type TransactionCoordinator,
} from '../../src/transactions/transaction-coordinator.ts';
import type { TransactionPartitions } from '../../src/transactions/transaction-parts.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { FakeOffsets, fakeGroups } from './fake-groups.ts';
import { FakeLog, FakePartition } from './fake-partition.ts';

export const topics = ['a', 'b'] as const;

export type Disk = { readonly logs: ReadonlyMap<string, FakeLog>; readonly offsets: FakeOffsets };

export function emptyDisk(): Disk {
  return { logs: new Map(topics.map((topic) => [topic, new FakeLog()])), offsets: new FakeOffsets() };
}

export type Broker = {
  readonly clock: Clock;
  readonly coordinator: TransactionCoordinator;
  readonly partitions: ReadonlyMap<string, FakePartition>;
};

export type BrokerOptions = {
  readonly machine: SimulatedMachine;
  readonly disk: Disk;
  readonly starts: number;
  readonly store?: typeof metadataStore;
  /** Called before a partition is given to who marks it. */
  readonly beforeMarker?: (topic: string) => void;
  readonly transactionalIdsMax?: number;
};

/** One start of it. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { machine, disk, starts, store = metadataStore, beforeMarker, transactionalIdsMax } = options;
  const { world } = machine;
  // By the clock of this process: what waits when it dies, waits for ever.
  const delay = () => world.clock.sleep(0.1 + 8 * machine.random.float());
  const partitions = new Map([...disk.logs].map(([topic, log]) => [topic, new FakePartition(log, delay)]));
  const found: TransactionPartitions = {
    has: ({ topic, partition }) => partitions.has(topic) && partition === 0,
    find: ({ topic }) => {
      beforeMarker?.(topic);
      return partitions.get(topic);
    },
  };
  const coordinator = await openTransactionCoordinator({
    sql: await openSimulatedSql(machine, store),
    ...{ world, partitions: found, groups: fakeGroups(disk.offsets, delay), coordinatorEpoch: starts },
    // `...` stands for one that takes too long.
    compilePattern: (pattern) =>
      pattern === '(' ? undefined : (text) => (pattern === '...' ? undefined : text.includes(pattern)),
    ...(transactionalIdsMax !== undefined && { transactionalIdsMax }),
    log: silentTelemetry().log,
  });
  return { clock: world.clock, coordinator, partitions };
}

/** A broker on which `test` is run, in virtual time. */
export function withBroker(
  test: (
    client: Client,
    parts: { simulation: Simulation; disk: Disk; machine: SimulatedMachine },
  ) => Promise<void>,
  options: Pick<BrokerOptions, 'beforeMarker' | 'transactionalIdsMax'> = {},
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(async () => {
    const machine = simulation.machine('broker');
    const disk = emptyDisk();
    const broker = await startBroker({ machine, disk, starts: 1, ...options });
    await test(new Client(broker), { simulation, disk, machine });
    await broker.coordinator.close();
  });
}

export type Producer = { readonly producerId: number; readonly producerEpoch: number };
/** `code` is NONE when it went well. */
export type Initialized = Producer & { readonly code: KafkaErrorCode };

/** Partitions are for who produces. */
type ClientBroker = Pick<Broker, 'coordinator'> & Partial<Pick<Broker, 'partitions'>>;

export type ClientOptions = {
  /** False leaves the second question out, as a mistake of the produce handler would. */
  readonly isGuarded?: boolean;
  /** What a batch waits for between the two questions: other partitions of its request. */
  readonly arrival?: () => Promise<void>;
};

/** Requests of producers, most with the versions of a client that adds partitions itself. */
export class Client {
  readonly broker: ClientBroker;
  readonly #isGuarded: boolean;
  readonly #arrival: () => Promise<void>;

  constructor(broker: ClientBroker, options: ClientOptions = {}) {
    const { isGuarded = true, arrival = () => Promise.resolve() } = options;
    this.broker = broker;
    this.#isGuarded = isGuarded;
    this.#arrival = arrival;
  }

  get #coordinator(): TransactionCoordinator {
    return this.broker.coordinator;
  }

  async init(
    transactionalId: string | null,
    options: { expected?: Producer; timeoutMs?: number; version?: number } = {},
  ): Promise<Initialized> {
    const { expected = { producerId: -1, producerEpoch: -1 }, timeoutMs = 60_000, version = 4 } = options;
    const {
      errorCode,
      producerId = -1,
      producerEpoch,
    } = await this.#coordinator.initProducerId(
      {
        ...{ transactionalId, transactionTimeoutMs: timeoutMs, ...expected },
        ...{ enable2Pc: false, keepPreparedTxn: false },
      },
      { version },
    );
    return { code: nameOf(errorCode), producerId, producerEpoch };
  }

  async add(id: string, producer: Producer, topic: string, version = 3): Promise<KafkaErrorCode> {
    const { resultsByTopicV3AndBelow } = await this.#coordinator.addPartitionsToTxn(
      {
        transactions: [],
        v3AndBelowTransactionalId: id,
        v3AndBelowProducerId: producer.producerId,
        v3AndBelowProducerEpoch: producer.producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [0] }],
      },
      { version },
    );
    return nameOf(resultsByTopicV3AndBelow![0]!.resultsByPartition[0]!.partitionErrorCode);
  }

  async addOffsets(id: string, producer: Producer, version = 3): Promise<KafkaErrorCode> {
    const request = { transactionalId: id, ...producer, groupId: 'group' };
    return nameOf((await this.#coordinator.addOffsetsToTxn(request, { version })).errorCode);
  }

  /** As a produce handler does it: asks the guard before, and again in the turn in which it appends. */
  async produce(
    id: string,
    producer: Producer,
    part: { topic: string; text: string; sequence: number; version?: number },
  ): Promise<KafkaErrorCode> {
    const { topic, text, sequence, version = 11 } = part;
    const header = { isTransactional: true, ...producer, baseSequence: sequence };
    const records = batchOf([text], header);
    const { guard } = this.#coordinator;
    const produced = { topic, partition: 0, records };
    const [refused] = await guard.ensure({ transactionalId: id, version }, [produced]);
    if (refused !== undefined) return refused;
    await this.#arrival();
    const code = this.#isGuarded ? guard.check({ transactionalId: id, version }, produced) : undefined;
    if (code !== undefined) return code;
    try {
      await this.broker.partitions!.get(topic)!.append(records);
      return 'NONE';
    } catch (error) {
      if (error instanceof PartitionError) return error.code;
      throw error;
    }
  }

  async commitOffsets(
    id: string,
    producer: Producer,
    { text, version = 4 }: { text: string; version?: number },
  ): Promise<KafkaErrorCode> {
    const partition = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1 };
    const { topics } = await this.#coordinator.txnOffsetCommit(
      {
        ...{ transactionalId: id, groupId: 'group', ...producer },
        ...{ generationId: -1, memberId: '', groupInstanceId: null },
        topics: [{ name: 'a', partitions: [{ ...partition, committedMetadata: text }] }],
      },
      { version, clientId: 'test', clientHost: '127.0.0.1' },
    );
    return nameOf(topics[0]!.partitions[0]!.errorCode);
  }

  async end(
    id: string,
    producer: Producer,
    { commit, version = 4 }: { commit: boolean; version?: number },
  ): Promise<Initialized> {
    const request = { transactionalId: id, ...producer, committed: commit };
    const {
      errorCode,
      producerId = -1,
      producerEpoch = -1,
    } = await this.#coordinator.endTxn(request, {
      version,
    });
    return { code: nameOf(errorCode), producerId, producerEpoch };
  }

  statusOf(id: string): string {
    const request = { transactionalIds: [id] };
    return this.#coordinator.describeTransactions(request).transactionStates[0]!.transactionState;
  }
}

export function nameOf(code: number): KafkaErrorCode {
  const names = Object.keys(kafkaErrors) as KafkaErrorCode[];
  return names.find((name) => kafkaErrors[name].code === code)!;
}
