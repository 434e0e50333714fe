// Producers and transactions on one partition whose machine crashes and whose disk fails and fills up, compared with what
// they were told: what was acknowledged stays at its offset and unchanged, in order, no record of an idempotent producer is
// there twice, readers of what is committed see whole transactions or nothing of them.

import assert from 'node:assert/strict';
import type { Disk, Timer, World } from '@cairn/world';
import type { Faults, Scenario, SeededRandom, Simulation } from '@cairn/world/simulated';
import { remoteCallMsMax, remoteWaitMsMax } from '../../src/limits.ts';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import type { PartitionConfig } from '../../src/partition/partition-config.ts';
import type { RemoteEngine } from '../../src/remote/remote-engine.ts';
import { readRemoteList } from '../../src/remote/remote-list.ts';
import {
  batchOf,
  config,
  directory,
  type OpenPartitionOptions,
  open,
  readAll,
  type SeenRecord,
} from '../partition/partition-fixture.ts';
import { engineOf } from '../tiering/tiering-fixture.ts';
import { type BlobsMood, calm, SimulatedBlobs } from './simulated-blobs.ts';
import { isCode, isTrouble, plentyOfBytes, SimulatedPartition, tolerate } from './simulated-partition.ts';

const producersCount = 3;
const transactionalId = 100;

export type PartitionStep =
  | { readonly do: 'produce'; readonly producer: number; readonly size: number }
  | { readonly do: 'retry'; readonly producer: number }
  | { readonly do: 'transact'; readonly size: number }
  | { readonly do: 'end'; readonly commit: boolean }
  | { readonly do: 'read'; readonly pick: number; readonly committed: boolean }
  | { readonly do: 'upkeep' | 'wait' | 'close' | 'make room' }
  | { readonly do: 'delete'; readonly pick: number }
  /** What is derived from the log rots: checkpoints or indexes, in one run always the same. */
  | { readonly do: 'rot'; readonly what: 'checkpoint' | 'index' }
  /** To the blobs engine, one segment. */
  | { readonly do: 'move' }
  | { readonly do: 'engine'; readonly mood: BlobsMood }
  | { readonly do: 'pause'; readonly forMs: number }
  | { readonly do: 'fill'; readonly bytesLeft: number }
  | { readonly do: 'fail'; readonly call: 'read' | 'write' | 'sync'; readonly count: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly powerLoss: boolean };

export type PartitionScenarioOptions = {
  readonly name: string;
  readonly faults?: Partial<Faults>;
  readonly config?: Partial<PartitionConfig>;
  readonly rots?: boolean;
  /** Puts a mistake between the partition and the disk. */
  readonly mutate?: (disk: Disk) => Disk;
  /** There is a blobs engine, which has its moods; `mutateEngine` puts a mistake in front of it. */
  readonly hasEngine?: boolean;
  readonly mutateEngine?: (engine: RemoteEngine) => RemoteEngine;
};

export function partitionScenario(options: PartitionScenarioOptions): Scenario<PartitionStep> {
  return {
    name: options.name,
    ...(options.faults && { faults: options.faults }),
    plan: (random) =>
      Array.from({ length: random.between({ min: 10, max: 80 }) }, () =>
        options.rots && random.chance(1 / 12)
          ? planRot(random)
          : options.hasEngine && random.chance(1 / 4)
            ? planMove(random)
            : planStep(random),
      ),
    run: (simulation, steps) => new PartitionRun(simulation, options).run(steps),
  };
}

function planRot(random: SeededRandom): PartitionStep {
  return { do: 'rot', what: random.pick(['checkpoint', 'index'] as const) };
}

function planMove(random: SeededRandom): PartitionStep {
  if (random.chance(3 / 4)) return { do: 'move' };
  const slow = random.pick([0, 5, 50, remoteWaitMsMax + 1, 2 * remoteCallMsMax]);
  const failing = random.pick([0, 0, 0.1, 0.5, 1]);
  return { do: 'engine', mood: { failing, delayMsMax: slow, lying: random.pick([0, 0.5]) } };
}

function planStep(random: SeededRandom): PartitionStep {
  const pick = random.integer(2 ** 20);
  const dice = random.integer(100);
  const producer = random.integer(producersCount);
  if (dice < 34) return { do: 'produce', producer, size: random.pick([1, 20, 400, 1_500]) };
  if (dice < 40) return { do: 'retry', producer };
  if (dice < 50) return { do: 'transact', size: random.pick([1, 300]) };
  if (dice < 56) return { do: 'end', commit: random.chance(1 / 2) };
  if (dice < 66) return { do: 'read', pick, committed: random.chance(1 / 2) };
  if (dice < 70) return { do: 'upkeep' };
  if (dice < 72) return { do: 'delete', pick };
  if (dice < 78) return { do: 'pause', forMs: random.integer(8) };
  if (dice < 82) return { do: 'wait' };
  if (dice < 84) return { do: 'close' };
  if (dice < 94) return { do: 'crash', afterMs: random.integer(12), powerLoss: random.chance(2 / 3) };
  if (dice < 95) return { do: 'fill', bytesLeft: random.integer(6_000) };
  if (dice < 97) return { do: 'make room' };
  return { do: 'fail', call: random.pick(['read', 'write', 'sync'] as const), count: 1 };
}

/** A batch that was sent, perhaps several times, until its answer came. */
type Sent = {
  readonly text: string;
  readonly sequence: number;
  readonly records: Buffer;
  offset: number | undefined;
};

class PartitionRun {
  readonly #simulation: Simulation;
  readonly #options: PartitionScenarioOptions;
  readonly #partition: SimulatedPartition;
  readonly #crashes: Timer[] = [];
  #texts = 0;
  /** By producer: what was sent, in order; a producer sends the next when the last was answered. */
  readonly #sent = new Map<number, Sent[]>();
  readonly #busy = new Set<number>();
  /** Acknowledged, by offset. */
  readonly #acknowledged = new Map<number, string>();
  /** Offsets below it may be gone. */
  #deletedTo = 0;
  #epoch = 0;
  #transaction:
    | { readonly texts: string[]; sequence: number; decision: 'commit' | 'abort' | undefined }
    | undefined;
  /** Of ended transactions whose end was acknowledged. */
  readonly #committed = new Set<string>();
  readonly #aborted = new Set<string>();
  #ending = false;
  #rots: 'checkpoint' | 'index' | undefined;
  readonly #blobs: SimulatedBlobs;

  constructor(simulation: Simulation, options: PartitionScenarioOptions) {
    this.#simulation = simulation;
    this.#blobs = new SimulatedBlobs({ clock: simulation.clock, random: simulation.random.stream('blobs') });
    this.#options = options;
    this.#partition = new SimulatedPartition({
      machine: this.#machine,
      open: (world, opening) => this.#open(world, opening),
      onCrash: () => this.#noteCrash(),
    });
  }

  async run(steps: readonly PartitionStep[]): Promise<void> {
    for (const step of steps) await this.#perform(step, await this.#partition.opened());
    for (const crash of this.#crashes) crash.cancel();
    await this.#partition.calls.settled();
    await this.#verifyRunning();
    this.#partition.crash({ powerLoss: true });
    this.#machine.disk.fill(plentyOfBytes);
    for (const producer of this.#sent.keys()) await this.#retryUntilAnswered(producer);
    if (this.#options.hasEngine) await this.#healEngine();
    const partition = await this.#partition.opened();
    this.#verify(await this.#readAll(partition, false), partition);
    this.#verifyCommitted(await this.#readAll(partition, true), partition);
  }

  get #machine() {
    return this.#simulation.machine('broker');
  }

  async #perform(step: PartitionStep, partition: LogPartition): Promise<void> {
    const { calls } = this.#partition;
    switch (step.do) {
      case 'produce':
        return calls.start(this.#produce(partition, step));
      case 'retry':
        return calls.start(this.#retry(partition, step.producer));
      case 'transact':
        return calls.start(this.#transact(partition, step.size));
      case 'end':
        return calls.start(this.#endTransaction(partition, step.commit));
      case 'read':
        return calls.start(this.#read(partition, step));
      case 'upkeep':
        return calls.start(tolerate(partition.upkeep()));
      case 'delete':
        return calls.start(this.#delete(partition, step.pick));
      case 'pause':
        return this.#simulation.clock.sleep(step.forMs);
      case 'wait':
        return calls.settled();
      case 'move':
        return calls.start(this.#move(partition));
      case 'engine':
        this.#blobs.mood = step.mood;
        return;
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
        // Reads that fail in passing do not add up to a place that cannot be read: that would be damage.
        if (step.call === 'read') this.#machine.disk.failNoMore();
        return this.#machine.disk.failNext(step.call, step.count);
    }
  }

  async #produce(
    partition: LogPartition,
    { producer, size }: { producer: number; size: number },
  ): Promise<void> {
    const sent = this.#sent.get(producer) ?? [];
    this.#sent.set(producer, sent);
    if (this.#busy.has(producer) || (sent.length > 0 && sent.at(-1)!.offset === undefined)) {
      return this.#retry(partition, producer);
    }
    const sequence = sent.length;
    const text = `p${producer} ${this.#texts++} ${'x'.repeat(size)}`;
    const records = batchOf([text], { producerId: producer, producerEpoch: 0, baseSequence: sequence });
    sent.push({ text, sequence, records, offset: undefined });
    await this.#send(partition, producer);
  }

  async #retry(partition: LogPartition, producer: number): Promise<void> {
    if (!this.#busy.has(producer) && this.#sent.has(producer)) await this.#send(partition, producer);
  }

  /** Sends the last batch of a producer, again if need be. */
  async #send(partition: LogPartition, producer: number): Promise<void> {
    const last = this.#sent.get(producer)!.at(-1)!;
    this.#busy.add(producer);
    try {
      // Some in this turn, as a request behind which no other has come.
      const request = { records: Buffer.from(last.records) };
      const isNow = last.sequence % 2 === 0;
      const { baseOffset } = await (isNow ? partition.appendNow(request) : partition.append(request));
      // Who wrote nothing that is left may be forgotten with a checkpoint that rots.
      const isForgotten = this.#rots !== undefined && (last.offset ?? 0) < partition.startOffset;
      assert(
        last.offset === undefined || last.offset === baseOffset || isForgotten,
        `${last.text} is at ${last.offset} and ${baseOffset}`,
      );
      last.offset = baseOffset;
      this.#acknowledged.set(baseOffset, last.text);
    } catch (error) {
      assert(isTrouble(error), `a batch was refused: ${error}`);
    } finally {
      this.#busy.delete(producer);
    }
  }

  async #retryUntilAnswered(producer: number): Promise<void> {
    for (let attempts = 0; this.#sent.get(producer)!.at(-1)?.offset === undefined; attempts += 1) {
      assert(attempts < 100, 'a producer got no answer in a hundred attempts');
      await this.#send(await this.#partition.opened(), producer);
    }
  }

  /** A producer that begins a new epoch when anything went wrong, as transactional ones do. */
  async #transact(partition: LogPartition, size: number): Promise<void> {
    if (this.#busy.has(transactionalId) || this.#transaction?.decision !== undefined) return;
    this.#busy.add(transactionalId);
    this.#transaction ??= { texts: [], sequence: 0, decision: undefined };
    const transaction = this.#transaction;
    const text = `t${this.#texts++} ${'y'.repeat(size)}`;
    transaction.texts.push(text);
    try {
      const header = { isTransactional: true, producerId: transactionalId, producerEpoch: this.#epoch };
      const records = batchOf([text], { ...header, baseSequence: transaction.sequence });
      const request = { records, transactionalId: 'the one' };
      await (transaction.sequence % 2 === 0 ? partition.appendNow(request) : partition.append(request));
      transaction.sequence += 1;
    } catch (error) {
      assert(
        isTrouble(error) || isCode(error, 'OUT_OF_ORDER_SEQUENCE_NUMBER'),
        `a batch of a transaction: ${error}`,
      );
      // Whether it is there is not known: only an abort is right now.
      transaction.sequence = Number.NaN;
    } finally {
      this.#busy.delete(transactionalId);
    }
  }

  async #endTransaction(partition: LogPartition, wanted: boolean): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined || this.#ending || this.#busy.has(transactionalId)) return;
    this.#ending = true;
    // Once it is decided the coordinator tries until it is done.
    transaction.decision ??= wanted && !Number.isNaN(transaction.sequence) ? 'commit' : 'abort';
    const commit = transaction.decision === 'commit';
    try {
      // The epoch rises, so that nothing of the old one comes behind the marker.
      const marker = { producerId: transactionalId, producerEpoch: this.#epoch + 1, coordinatorEpoch: 0 };
      await partition.endTransaction({ ...marker, commit });
      for (const text of transaction.texts) (commit ? this.#committed : this.#aborted).add(text);
      this.#transaction = undefined;
      this.#epoch += 1;
    } catch (error) {
      assert(isTrouble(error), `the end of a transaction: ${error}`);
    } finally {
      this.#ending = false;
    }
  }

  async #read(partition: LogPartition, step: { pick: number; committed: boolean }): Promise<void> {
    const { startOffset, highWatermark } = partition;
    const from = startOffset + (step.pick % (highWatermark - startOffset + 1));
    try {
      const seen = await readAll(partition, { from, committed: step.committed, bytesMax: 1_000 });
      for (const { offset, text } of seen) {
        const known = this.#acknowledged.get(offset);
        assert(known === undefined || known === text, `offset ${offset} has ${text}, not ${known}`);
      }
    } catch (error) {
      assert(isTrouble(error) || isCode(error, 'OFFSET_OUT_OF_RANGE'), `a read failed: ${error}`);
    }
  }

  async #delete(partition: LogPartition, pick: number): Promise<void> {
    const { startOffset, lastStableOffset } = partition;
    const offset = startOffset + (pick % (lastStableOffset - startOffset + 1));
    this.#deletedTo = Math.max(this.#deletedTo, offset);
    await tolerate(partition.deleteRecordsBefore(offset));
  }

  async #move(partition: LogPartition): Promise<void> {
    await tolerate(partition.tiers.step(new AbortController().signal));
  }

  /** From now on it works: all that may be moved is, and nothing else is there. */
  async #healEngine(): Promise<void> {
    this.#blobs.mood = calm;
    await this.#blobs.settled();
    const partition = await this.#partition.opened();
    const { signal } = new AbortController();
    while (await partition.tiers.step(signal));
    await partition.upkeep();
    await partition.tiers.step(signal);
    const { disk } = this.#machine.world;
    const list = await readRemoteList(disk, directory, await disk.list(directory));
    const named = (list?.segments ?? []).map(({ name }) => name);
    assert.deepEqual(this.#blobs.names(), named.toSorted(), 'blobs are there that nothing names, or missing');
    assert.equal(partition.tiers.bytes.waiting, 0, 'segments were left behind');
  }

  async #readAll(partition: LogPartition, committed: boolean): Promise<readonly SeenRecord[]> {
    return readAll(partition, { committed, bytesMax: 3_000 });
  }

  /** A restart reads the log again: what only the running partition has wrong shows before it. */
  async #verifyRunning(): Promise<void> {
    const partition = this.#partition.running;
    if (partition === undefined) return;
    const reading = this.#readAll(partition, false).catch((error: unknown) => {
      assert(isTrouble(error), `a read failed: ${error}`);
      return undefined;
    });
    const outcome = await this.#machine.orCrash(reading);
    if (!outcome.crashed && outcome.value !== undefined) this.#verify(outcome.value, partition);
  }

  #verify(seen: readonly SeenRecord[], partition: LogPartition): void {
    const byOffset = new Map(seen.map(({ offset, text }) => [offset, text]));
    const { isDeleted, retentionBytes } = { ...config, ...this.#options.config };
    const isRetained = !isDeleted || retentionBytes === Number.POSITIVE_INFINITY;
    assert(
      partition.startOffset <= this.#deletedTo || !isRetained,
      `${partition.startOffset} was not deleted, ${this.#deletedTo} was`,
    );
    for (const [offset, text] of this.#acknowledged)
      if (offset >= partition.startOffset)
        assert.equal(byOffset.get(offset), text, `offset ${offset} was acknowledged`);
    const texts = seen.map(({ text }) => text);
    assert.equal(new Set(texts).size, texts.length, 'a record is there twice');
    for (const [producer, sent] of this.#sent) {
      const inOrder = sent.map(({ text }) => text).filter((text) => texts.includes(text));
      const found = texts.filter((text) => text.startsWith(`p${producer} `));
      assert.deepEqual(found, inOrder, 'the records of a producer are in another order');
    }
  }

  #verifyCommitted(seen: readonly SeenRecord[], partition: LogPartition): void {
    const texts = new Set(seen.map(({ text }) => text));
    for (const text of this.#aborted)
      assert(!texts.has(text), `${text} was aborted, and is read as committed`);
    // What was deleted is not told from what was lost: then only the other rules count.
    if (partition.startOffset === 0)
      for (const text of this.#committed) assert(texts.has(text), `${text} was committed, and is not read`);
    const { texts: open = [], decision } = this.#transaction ?? {};
    const visible = open.filter((text) => texts.has(text));
    if (decision !== 'commit')
      assert.deepEqual(visible, [], 'records of an open or aborted transaction are read as committed');
    else if (partition.startOffset === 0)
      assert(
        visible.length === 0 || visible.length === open.length,
        'a part of a transaction is read as committed',
      );
  }

  #noteCrash(): void {
    if (this.#busy.has(transactionalId) && this.#transaction !== undefined)
      this.#transaction.sequence = Number.NaN;
    this.#busy.clear();
    this.#ending = false;
  }

  async #open(world: World, opening: OpenPartitionOptions): Promise<LogPartition> {
    const disk = this.#options.mutate?.(world.disk) ?? world.disk;
    const { config } = this.#options;
    const engine = this.#engineOf(world);
    const partition = await open(
      { ...world, disk },
      { segmentBytesMax: 4_096, ...config, engine, ...opening },
    );
    const { endOffset: end } = partition;
    for (const offset of this.#acknowledged.keys())
      assert(offset < end, `offset ${offset} was acknowledged, and after a start ${end} comes next`);
    return partition;
  }

  #engineOf(world: World): RemoteEngine | undefined {
    const { hasEngine, mutateEngine = (engine) => engine } = this.#options;
    return hasEngine ? mutateEngine(engineOf(world, this.#blobs)) : undefined;
  }
}
