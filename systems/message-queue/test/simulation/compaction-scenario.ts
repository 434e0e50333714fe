// Producers and transactions with keys on one compacted partition whose machine crashes and whose disk fails and fills up, while
// it is compacted and read: what has to be there is there, at its offset, and nothing comes back (keyed-log-model.ts).

import assert from 'node:assert/strict';
import type { Disk, Timer, World } from '@cairn/world';
import type { Faults, Scenario, Simulation } from '@cairn/world/simulated';
import { compactPartition } from '../../src/partition/compaction/compact-partition.ts';
import { requireKeys } from '../../src/partition/compaction/require-keys.ts';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import { PartitionError } from '../../src/partition/partition.ts';
import { openCompacted, type Pair, pairsBatch, pairsFrom } from '../partition/compaction-fixture.ts';
import type { OpenPartitionOptions } from '../partition/partition-fixture.ts';
import { type KeyedStep, planKeyedSteps } from './compaction-plan.ts';
import { KeyedLogModel } from './keyed-log-model.ts';
import { isCode, isTrouble, plentyOfBytes, SimulatedPartition, tolerate } from './simulated-partition.ts';

// What a partition loads when it first needs it is there already: a seed decides what comes when.
void [compactPartition, requireKeys];

const transactionalId = 100;
const keysCount = 24;

export type CompactionScenarioOptions = {
  readonly name: string;
  readonly faults?: Partial<Faults>;
  /** `delete.retention.ms`: long to see tombstones that go too early, short to see what comes back. */
  readonly deleteRetentionMs?: number;
  readonly deletes?: boolean;
  readonly rots?: boolean;
  /** Puts a mistake between the partition and the disk. */
  readonly mutate?: (disk: Disk) => Disk;
  /** Puts a mistake into the code, and takes it back. */
  readonly sabotage?: () => () => void;
};

export function compactionScenario(options: CompactionScenarioOptions): Scenario<KeyedStep> {
  const { name, faults, deletes = false, rots = false } = options;
  return {
    name,
    ...(faults && { faults }),
    plan: (random) => planKeyedSteps(random, { deletes, rots }),
    run: async (simulation, steps) => {
      const restore = options.sabotage?.();
      try {
        await new CompactionRun(simulation, options).run(steps);
      } finally {
        restore?.();
      }
    },
  };
}

type Sent = { readonly pairs: readonly Pair[]; readonly records: Promise<Buffer>; readonly sentMs: number };
type Sender = { sequence: number; waiting: Sent | undefined; isBusy: boolean };

class CompactionRun {
  readonly #simulation: Simulation;
  readonly #options: CompactionScenarioOptions;
  readonly #deleteRetentionMs: number;
  readonly #model: KeyedLogModel;
  readonly #partition: SimulatedPartition;
  readonly #crashes: Timer[] = [];
  readonly #senders = new Map<number, Sender>();
  /** It is being compacted. */
  #compacting: LogPartition | undefined;
  #values = 0;
  #epoch = 0;
  #transaction:
    | { sequence: number; readonly offsets: number[]; decision: 'commit' | 'abort' | undefined }
    | undefined;
  #isTransacting = false;
  #isEnding = false;
  #rots: 'checkpoint' | 'index' | undefined;

  constructor(simulation: Simulation, options: CompactionScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#deleteRetentionMs = options.deleteRetentionMs ?? 15;
    this.#model = new KeyedLogModel({ deleteRetentionMs: this.#deleteRetentionMs });
    this.#partition = new SimulatedPartition({
      machine: this.#machine,
      open: (world, opening) => this.#open(world, opening),
      onCrash: () => this.#noteCrash(),
    });
  }

  async run(steps: readonly KeyedStep[]): Promise<void> {
    for (const step of steps) await this.#perform(step, await this.#partition.opened());
    for (const crash of this.#crashes) crash.cancel();
    await this.#partition.calls.settled();
    this.#partition.crash({ powerLoss: true });
    this.#machine.disk.fill(plentyOfBytes);
    for (const producer of this.#senders.keys()) await this.#untilAnswered(producer);
    while (this.#transaction !== undefined) await this.#end(await this.#partition.opened(), true);
    await this.#verifyEnd(0);
    for (let round = 0; round < 4; round++) await this.#verifyEnd(await this.#compactAll());
  }

  /** Everything that was written until now, in a few passes. Gives up to where. */
  async #compactAll(): Promise<number> {
    const { clock } = this.#simulation;
    await this.#send(await this.#partition.opened(), this.#sender(0, [7]));
    await clock.sleep(this.#deleteRetentionMs);
    if (this.#rots !== undefined) await this.#partition.rot(this.#rots);
    const partition = await this.#partition.opened();
    const { endOffset } = partition;
    for (let passes = 0; passes < 100; passes++) {
      await partition.upkeep();
      const report = await partition.compact({ mapBytes: 2_000 });
      if (report !== undefined && report.cleanedTo >= endOffset) return endOffset;
      await clock.sleep(1);
    }
    throw new Error(`${endOffset} records were not compacted in a hundred passes`);
  }

  get #machine() {
    return this.#simulation.machine('broker');
  }

  get #nowMs(): number {
    return this.#machine.world.clock.nowMs();
  }

  async #perform(step: KeyedStep, partition: LogPartition): Promise<void> {
    const { calls } = this.#partition;
    switch (step.do) {
      case 'produce':
        return calls.start(this.#produce(partition, step));
      case 'transact':
        return calls.start(this.#transact(partition, step.picks));
      case 'end':
        return calls.start(this.#end(partition, step.commit));
      case 'read':
        return calls.start(this.#read(partition, step));
      case 'compact':
        return calls.start(this.#compact(partition));
      case 'upkeep':
        return calls.start(tolerate(partition.upkeep()));
      case 'delete':
        return calls.start(this.#delete(partition, step.pick));
      case 'pause':
        return this.#simulation.clock.sleep(step.forMs);
      case 'wait':
        return calls.settled();
      case 'rot':
        this.#rots ??= step.what;
        return this.#partition.rot(this.#rots);
      case 'close':
        return this.#partition.close();
      case 'crash':
        this.#crashes.push(this.#simulation.clock.setTimer(step.afterMs, () => this.#partition.crash(step)));
        return;
      case 'fill':
        return this.#machine.disk.fill(step.bytesLeft);
      case 'make room':
        return this.#machine.disk.fill(plentyOfBytes);
      case 'fail':
        return this.#machine.disk.failNext(step.call, step.count);
    }
  }

  /** A tombstone now and then. */
  #pairs(picks: readonly number[]): readonly Pair[] {
    return picks.map((pick) => {
      const isTombstone = pick % 5 === 0;
      const value = `${this.#values++} ${'x'.repeat(pick % 97)}`;
      // Some keys are hot.
      const keys = pick % 2 === 0 ? keysCount : 4;
      return [`k${(pick >> 3) % keys}`, isTombstone ? null : value];
    });
  }

  async #produce(
    partition: LogPartition,
    step: { producer: number; picks: readonly number[] },
  ): Promise<void> {
    const sender = this.#sender(step.producer, step.picks);
    if (!sender.isBusy) await this.#send(partition, sender);
  }

  /** With a batch to send: one that waits for its answer, or a new one. */
  #sender(producer: number, picks: readonly number[]): Sender {
    const sender = this.#senders.getOrInsertComputed(producer, () => ({
      ...{ sequence: 0, waiting: undefined, isBusy: false },
    }));
    if (sender.waiting !== undefined) return sender;
    const pairs = this.#pairs(picks);
    const header = { producerId: producer, producerEpoch: 0, baseSequence: sender.sequence };
    const sentMs = this.#nowMs;
    this.#model.sent(pairs.map(([key]) => key));
    sender.waiting = { pairs, records: pairsBatch(pairs, { ...header, timestampMs: sentMs }), sentMs };
    return sender;
  }

  /** Sends what waits for an answer, again if need be. */
  async #send(partition: LogPartition, sender: Sender): Promise<void> {
    const { pairs, records, sentMs } = sender.waiting!;
    sender.isBusy = true;
    try {
      const { baseOffset } = await partition.append({ records: Buffer.from(await records) });
      for (const [index, [key, value]] of pairs.entries())
        this.#model.add(baseOffset + index, { key, value, sentMs, fate: 'committed' });
      this.#model.settled(pairs.map(([key]) => key));
      sender.sequence += pairs.length;
      sender.waiting = undefined;
    } catch (error) {
      assert(isTrouble(error), `a batch was refused: ${error}`);
    } finally {
      sender.isBusy = false;
    }
  }

  async #untilAnswered(producer: number): Promise<void> {
    const sender = this.#senders.get(producer)!;
    for (let attempts = 0; sender.waiting !== undefined; attempts += 1) {
      assert(attempts < 100, 'a producer got no answer in a hundred attempts');
      await this.#send(await this.#partition.opened(), sender);
    }
  }

  /** A producer that begins a new epoch with each transaction, and aborts the one in which anything went wrong. */
  async #transact(partition: LogPartition, picks: readonly number[]): Promise<void> {
    if (this.#isTransacting || this.#transaction?.decision !== undefined) return;
    if (Number.isNaN(this.#transaction?.sequence)) return;
    this.#isTransacting = true;
    this.#transaction ??= { sequence: 0, offsets: [], decision: undefined };
    const transaction = this.#transaction;
    const pairs = this.#pairs(picks);
    const sentMs = this.#nowMs;
    const header = { isTransactional: true, producerId: transactionalId, producerEpoch: this.#epoch };
    try {
      const records = await pairsBatch(pairs, { ...header, baseSequence: transaction.sequence });
      const { baseOffset } = await partition.append({ records, transactionalId: 'the one' });
      for (const [index, [key, value]] of pairs.entries()) {
        this.#model.add(baseOffset + index, { key, value, sentMs, fate: 'open' });
        transaction.offsets.push(baseOffset + index);
      }
      transaction.sequence += pairs.length;
    } catch (error) {
      assert(isTrouble(error) || isCode(error, 'OUT_OF_ORDER_SEQUENCE_NUMBER'), `in a transaction: ${error}`);
      // Whether it is there is not known: only an abort is right now.
      transaction.sequence = Number.NaN;
    } finally {
      this.#isTransacting = false;
    }
  }

  async #end(partition: LogPartition, wanted: boolean): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined || this.#isEnding || this.#isTransacting) return;
    this.#isEnding = true;
    transaction.decision ??= wanted && !Number.isNaN(transaction.sequence) ? 'commit' : 'abort';
    const commit = transaction.decision === 'commit';
    if (!commit) this.#model.decide(transaction.offsets, 'aborted');
    try {
      const marker = { producerId: transactionalId, producerEpoch: this.#epoch + 1, coordinatorEpoch: 0 };
      await partition.endTransaction({ ...marker, commit });
      if (commit) this.#model.decide(transaction.offsets, 'committed');
      this.#transaction = undefined;
      this.#epoch += 1;
    } catch (error) {
      assert(isTrouble(error), `the end of a transaction: ${error}`);
    } finally {
      this.#isEnding = false;
    }
  }

  async #compact(partition: LogPartition): Promise<void> {
    if (this.#compacting === partition) return;
    this.#compacting = partition;
    await tolerate(partition.upkeep());
    // A map for a dozen keys.
    await tolerate(partition.compact({ mapBytes: 400 })).finally(() => {
      if (this.#compacting === partition) this.#compacting = undefined;
    });
  }

  async #read(partition: LogPartition, step: { pick: number; committed: boolean }): Promise<void> {
    const { startOffset, lastStableOffset: to } = partition;
    const from = startOffset + (step.pick % (to - startOffset + 1));
    const committedBefore = this.#model.committed();
    try {
      const seen = await pairsFrom(partition, { from, committed: step.committed, bytesMax: 300 });
      const view = { seen, from: Math.max(from, partition.startOffset), to, committed: step.committed };
      this.#model.verify(view, { committedBefore, nowMs: this.#nowMs });
    } catch (error) {
      const isDeleted = this.#options.deletes && isCode(error, 'OFFSET_OUT_OF_RANGE');
      if (error instanceof PartitionError) assert(isTrouble(error) || isDeleted, `a read failed: ${error}`);
      else throw error;
    }
  }

  async #delete(partition: LogPartition, pick: number): Promise<void> {
    const { startOffset, lastStableOffset } = partition;
    await tolerate(
      partition.deleteRecordsBefore(startOffset + (pick % (lastStableOffset - startOffset + 1))),
    );
  }

  async #verifyEnd(cleanedTo: number): Promise<void> {
    const partition = await this.#partition.opened();
    const { startOffset: from, endOffset: to } = partition;
    assert(this.#options.deletes || from === 0, `the partition begins at ${from}`);
    assert(to >= this.#model.end, `the partition ends at ${to}, offset ${this.#model.end - 1} was given`);
    this.#verifyProducers(partition);
    const options = { committedBefore: this.#model.committed(), nowMs: this.#nowMs };
    for (const committed of [true, false]) {
      const view = { seen: await pairsFrom(partition, { committed, bytesMax: 2_000 }), from, to, committed };
      this.#model.verify(view, options);
      if (committed) this.#model.verifyEnd(view);
      this.#model.verifyCompacted(view, cleanedTo);
    }
  }

  /** A retry of the last batch of each is told from a new one, also when its records are gone. */
  #verifyProducers(partition: LogPartition): void {
    if (this.#options.deletes) return;
    const known = new Map(
      partition.producers().map(({ producerId, lastSequence }) => [producerId, lastSequence]),
    );
    for (const [producer, { sequence }] of this.#senders)
      assert(sequence === 0 || known.get(producer) === sequence - 1, `producer ${producer} was forgotten`);
  }

  #noteCrash(): void {
    if (this.#isTransacting && this.#transaction !== undefined) this.#transaction.sequence = Number.NaN;
    for (const sender of this.#senders.values()) sender.isBusy = false;
    this.#isTransacting = false;
    this.#isEnding = false;
  }

  #open(world: World, opening: OpenPartitionOptions): Promise<LogPartition> {
    const disk = this.#options.mutate?.(world.disk) ?? world.disk;
    const segments = { segmentBytesMax: 1_500, segmentMs: 3, isDeleted: false };
    const deleteRetentionMs = this.#deleteRetentionMs;
    return openCompacted({ ...world, disk }, { ...segments, deleteRetentionMs, ...opening });
  }
}
