// Clients of a standard and a FIFO queue whose machine crashes, whose clock jumps and whose disk and database fail now and
// then, compared with what they were told: a message that was sent and not deleted is seen again, one whose deletion was
// acknowledged never; in a FIFO queue groups keep their order, one receiver at a time has something of a group, and within
// the window a deduplication id is one message.

import assert from 'node:assert/strict';
import { openSimulatedSql, simulatedSqlFaults } from '@cairn/engines';
import { silentTelemetry } from '@cairn/telemetry';
import type { Timer, World } from '@cairn/world';
import { CallsUnderWay, type Scenario, type SeededRandom, type Simulation } from '@cairn/world/simulated';
import { deduplicationWindowMs } from '../../src/limits.ts';
import store, { type MetadataSql } from '../../src/metadata/store.ts';
import { IndexCache } from '../../src/partition/index-cache.ts';
import type { Queue, ReceivedMessage } from '../../src/queues/queue.ts';
import { QueueError } from '../../src/queues/queue-error.ts';
import { Queues } from '../../src/queues/queues.ts';

const names = { standard: 'jobs', fifo: 'jobs.fifo' } as const;
type Kind = keyof typeof names;
const retentionSeconds = '1209600';

export type QueueStep =
  | {
      readonly do: 'send';
      readonly to: Kind;
      readonly group: string;
      readonly id: number;
      readonly delayMs: number;
    }
  | {
      readonly do: 'receive';
      readonly from: Kind;
      readonly max: number;
      readonly visibilityMs: number;
      readonly waitMs: number;
    }
  | { readonly do: 'delete'; readonly pick: number }
  | { readonly do: 'extend'; readonly pick: number; readonly visibilityMs: number }
  | { readonly do: 'pause'; readonly forMs: number }
  | { readonly do: 'wait' | 'close' | 'upkeep' | 'purge' }
  | { readonly do: 'jump'; readonly byMs: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly do: 'fail'; readonly what: 'commit' | 'write' | 'sync' };

export type QueueScenarioOptions = {
  readonly name: string;
  /** Puts a mistake between the queues and what is around them. */
  readonly mutate?: (around: Around) => Around;
};

export type Around = { readonly world: World; readonly sql: MetadataSql };

export function queueScenario(options: QueueScenarioOptions): Scenario<QueueStep> {
  return {
    name: options.name,
    eventsMax: 400_000,
    plan: (random) => Array.from({ length: random.between({ min: 10, max: 90 }) }, () => planStep(random)),
    run: (simulation, steps) => new QueueRun(simulation, options).run(steps),
  };
}

function planStep(random: SeededRandom): QueueStep {
  const dice = random.integer(100);
  const pick = random.integer(2 ** 20);
  const kind = random.pick(['standard', 'fifo', 'fifo'] as const);
  const visibilityMs = random.pick([5, 40, 400, 30_000]);
  if (dice < 34) {
    const delayMs = kind === 'standard' && random.chance(1 / 4) ? random.pick([10, 200, 5_000]) : 0;
    return { do: 'send', to: kind, group: random.pick(['a', 'b', 'c']), id: random.integer(8), delayMs };
  }
  if (dice < 56) {
    const [max, waitMs] = [random.pick([1, 2, 10]), random.pick([0, 0, 20, 1_000])];
    return { do: 'receive', from: kind, max, visibilityMs, waitMs };
  }
  if (dice < 72) return { do: 'delete', pick };
  if (dice < 76) return { do: 'extend', pick, visibilityMs: random.pick([0, 10, 60_000]) };
  if (dice < 83)
    return { do: 'pause', forMs: random.pick([1, 5, 30, 500, 40_000, 120_000, deduplicationWindowMs]) };
  if (dice < 86) return { do: 'wait' };
  if (dice < 87) return { do: 'close' };
  if (dice < 89) return { do: 'upkeep' };
  if (dice < 90) return { do: 'purge' };
  if (dice < 91) return { do: 'jump', byMs: random.pick([-60_000, -1_000, 1_000, 60_000]) };
  if (dice < 97) return { do: 'crash', afterMs: random.integer(12), powerLoss: random.chance(2 / 3) };
  return { do: 'fail', what: random.pick(['commit', 'write', 'sync'] as const) };
}

type Known = {
  readonly kind: Kind;
  readonly group: string;
  /** The order in which sends were answered is that of offsets. */
  offset: number | undefined;
  isDeletionAsked: boolean;
  isDeleted: boolean;
};

type Held = {
  readonly kind: Kind;
  readonly received: ReceivedMessage;
  readonly untilMs: number;
  readonly life: Queue;
};

class QueueRun {
  readonly #simulation: Simulation;
  readonly #options: QueueScenarioOptions;
  readonly #calls: CallsUnderWay;
  readonly #crashes: Timer[] = [];
  #queues: Queues | undefined;
  #starts = 0;
  #sends = 0;
  #hasJumped = false;
  /** By message id. */
  readonly #known = new Map<string, Known>();
  readonly #held: Held[] = [];
  /** By deduplication id: who was first, and when it was sent. Undefined: nobody knows. */
  readonly #deduplicated = new Map<string, { readonly id: string; readonly atMs: number } | undefined>();

  constructor(simulation: Simulation, options: QueueScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#calls = new CallsUnderWay(this.#machine);
  }

  async run(steps: readonly QueueStep[]): Promise<void> {
    for (const step of steps) await this.#perform(step, await this.#running());
    for (const crash of this.#crashes) crash.cancel();
    await this.#calls.settled();
    this.#crash({ powerLoss: true });
    for (const kind of ['standard', 'fifo'] as const) await this.#drain(kind);
    for (const [id, { offset, isDeletionAsked }] of this.#known)
      assert(offset === undefined || isDeletionAsked, `${id} at ${offset} was sent, and not seen again`);
    await this.#queues!.close();
  }

  get #machine() {
    return this.#simulation.machine('broker');
  }

  #perform(step: QueueStep, queues: Queues): Promise<void> | void {
    switch (step.do) {
      case 'send':
        return this.#calls.start(this.#send(queues, step));
      case 'receive':
        return this.#calls.start(this.#receive(queues, step));
      case 'delete':
        return this.#calls.start(this.#delete(queues, step.pick));
      case 'extend':
        return this.#calls.start(this.#extend(queues, step));
      case 'pause':
        return this.#simulation.clock.sleep(step.forMs);
      case 'wait':
        return this.#calls.settled();
      case 'close':
        return this.#close(queues);
      case 'upkeep':
        return this.#calls.start(queues.upkeep());
      case 'purge':
        return this.#calls.start(this.#purge(queues));
      case 'jump':
        this.#hasJumped = true;
        return this.#machine.clockJump(step.byMs);
      case 'crash':
        this.#crashes.push(this.#simulation.clock.setTimer(step.afterMs, () => this.#crash(step)));
        return;
      case 'fail':
        if (step.what === 'commit') simulatedSqlFaults(this.#machine, store.name).failCommits = 1;
        else this.#machine.disk.failNext(step.what, 1);
    }
  }

  async #send(queues: Queues, step: QueueStep & { do: 'send' }): Promise<void> {
    const queue = await this.#open(queues, step.to);
    if (queue === undefined) return;
    const id = `${step.to} ${step.group} ${this.#sends++}`;
    const known: Known = {
      ...{ kind: step.to, group: step.group, offset: undefined },
      ...{ isDeletionAsked: false, isDeleted: false },
    };
    this.#known.set(id, known);
    const deduplicationId = `d${step.id}`;
    const message = { id, body: `body of ${id}`, attributes: {}, sender: 'x', group: step.group };
    const { clock } = this.#machine.world;
    const atMs = clock.nowMs();
    const isFifo = step.to === 'fifo';
    const before = this.#deduplicated.get(deduplicationId);
    const wasKnown = this.#deduplicated.has(deduplicationId);
    if (isFifo && (before === undefined || atMs - before.atMs >= deduplicationWindowMs))
      this.#deduplicated.set(deduplicationId, wasKnown && before === undefined ? undefined : { id, atMs });
    try {
      const options = step.delayMs > 0 ? { delayMs: step.delayMs } : {};
      const [sent] = await queue.send([isFifo ? { ...message, deduplicationId } : message], options);
      this.#verifyDuplicate({
        id: sent!.id,
        own: id,
        atMs,
        before,
        isCertain: isFifo && !(wasKnown && before === undefined),
      });
      const first = this.#known.get(sent!.id)!;
      assert(first.offset === undefined || first.offset === sent!.offset, `${sent!.id} has two offsets`);
      first.offset = sent!.offset;
    } catch (error) {
      assert(isTrouble(error), `a send failed: ${error}`);
      if (isFifo) this.#deduplicated.set(deduplicationId, undefined);
    }
  }

  #verifyDuplicate({
    id,
    own,
    atMs,
    before,
    isCertain,
  }: {
    id: string;
    own: string;
    atMs: number;
    before: { id: string; atMs: number } | undefined;
    isCertain: boolean;
  }): void {
    if (!isCertain || this.#hasJumped) return;
    const isWithin = before !== undefined && atMs - before.atMs < deduplicationWindowMs;
    assert.equal(id, isWithin ? before.id : own, `sent at ${atMs}, before at ${before?.atMs}`);
  }

  async #receive(queues: Queues, step: QueueStep & { do: 'receive' }): Promise<void> {
    const queue = await this.#open(queues, step.from);
    if (queue === undefined) return;
    const life = queue;
    const askedMs = this.#nowMs;
    try {
      const { max, visibilityMs, waitMs } = step;
      const received = await queue.receive({ max, visibilityMs, waitMs });
      assert(received.length <= max, `${received.length} were received, ${max} asked for`);
      for (const one of received) this.#verifyReceived(one, { kind: step.from, life, received });
      // It came at some time since it was asked for: so long at least it is ours.
      for (const one of received)
        this.#held.push({ kind: step.from, received: one, untilMs: askedMs + visibilityMs, life });
    } catch (error) {
      assert(isTrouble(error), `a receive failed: ${error}`);
    }
  }

  #verifyReceived(
    { message }: ReceivedMessage,
    { kind, life, received }: { kind: Kind; life: Queue; received: readonly ReceivedMessage[] },
  ): void {
    const known = this.#known.get(message.id);
    assert(known !== undefined && message.body === `body of ${message.id}`, `${message.id} was never sent`);
    assert(!known.isDeleted, `${message.id} was deleted, and is received`);
    assert(known.offset === undefined || known.offset === message.offset, `${message.id} moved`);
    const holder = this.#held.find(
      (held) =>
        held.life === life &&
        held.untilMs > this.#nowMs &&
        held.received.message.id === message.id &&
        !known.isDeletionAsked,
    );
    assert(holder === undefined, `${message.id} is in flight, and is received again`);
    if (kind === 'fifo') this.#verifyOrder(message, { known, life, received });
  }

  /** Everything before it in its group is gone, or comes along; nobody else has something of it. */
  #verifyOrder(
    { id, offset }: ReceivedMessage['message'],
    { known, life, received }: { known: Known; life: Queue; received: readonly ReceivedMessage[] },
  ): void {
    const together = received.map(({ message }) => message.id);
    for (const [other, { kind, group, offset: at, isDeletionAsked }] of this.#known) {
      if (kind !== 'fifo' || group !== known.group || at === undefined || at >= offset || isDeletionAsked)
        continue;
      assert(
        together.indexOf(other) !== -1 && together.indexOf(other) < together.indexOf(id),
        `${id} came before ${other}`,
      );
    }
    for (const held of this.#held) {
      const { id: other } = held.received.message;
      const { group, isDeletionAsked } = this.#known.get(other)!;
      const isTheirs =
        held.kind === 'fifo' && held.life === life && held.untilMs > this.#nowMs && !isDeletionAsked;
      assert(!isTheirs || group !== known.group, `${id} is received while ${other} is in flight`);
    }
  }

  async #delete(queues: Queues, pick: number): Promise<void> {
    const held = this.#held[pick % Math.max(this.#held.length, 1)];
    if (held === undefined) return;
    const queue = await this.#open(queues, held.kind);
    if (queue === undefined) return;
    const { id } = held.received.message;
    const known = this.#known.get(id)!;
    known.isDeletionAsked = true;
    try {
      await queue.delete(held.received.handle);
      // Once its time is over somebody else may have it: then the handle is accepted, and does nothing.
      const isOurs = this.#held.some(
        ({ received, untilMs }) => received === held.received && untilMs > this.#nowMs,
      );
      if (isOurs && held.life === queue) known.isDeleted = true;
    } catch (error) {
      const isExpired = isCode(error, 'InvalidParameterValue');
      assert(isTrouble(error) || (isExpired && held.kind === 'fifo'), `a deletion failed: ${error}`);
    }
  }

  async #extend(
    queues: Queues,
    { pick, visibilityMs }: { pick: number; visibilityMs: number },
  ): Promise<void> {
    const at = pick % Math.max(this.#held.length, 1);
    const held = this.#held[at];
    const queue = held === undefined ? undefined : await this.#open(queues, held.kind);
    if (held === undefined || queue === undefined) return;
    // Given back, or for less time, it is anybody's sooner.
    this.#held[at] = { ...held, untilMs: Math.min(held.untilMs, this.#nowMs + visibilityMs) };
    try {
      await queue.changeVisibility(held.received.handle, visibilityMs);
    } catch (error) {
      assert(isTrouble(error) || error instanceof QueueError, `a change of visibility failed: ${error}`);
    }
  }

  async #purge(queues: Queues): Promise<void> {
    const queue = await this.#open(queues, 'standard');
    if (queue === undefined) return;
    const purged = [...this.#known.values()].filter(
      ({ kind, offset }) => kind === 'standard' && offset !== undefined,
    );
    for (const known of this.#known.values()) if (known.kind === 'standard') known.isDeletionAsked = true;
    try {
      await queue.purge();
      for (const known of purged) known.isDeleted = true;
    } catch (error) {
      assert(isTrouble(error), `a purge failed: ${error}`);
    }
  }

  /** Everything that is there, in order, by somebody who deletes nothing. */
  async #drain(kind: Kind): Promise<void> {
    const seen: ReceivedMessage[] = [];
    for (let idle = 0; idle < 5; ) {
      const queues = await this.#running();
      const queue = await this.#open(queues, kind);
      const received = queue === undefined ? [] : await this.#drainSome(queue, kind);
      seen.push(...received);
      idle = received.length === 0 ? idle + 1 : 0;
    }
    const offsets = seen.map(({ message }) => message.offset);
    assert.equal(new Set(offsets).size, offsets.length, 'a message was received twice in ten minutes');
  }

  async #drainSome(queue: Queue, kind: Kind): Promise<readonly ReceivedMessage[]> {
    try {
      const received = await queue.receive({ max: 10, visibilityMs: 10 * 60_000, waitMs: 20_000 });
      for (const one of received) {
        this.#verifyReceived(one, { kind, life: queue, received });
        const known = this.#known.get(one.message.id)!;
        known.isDeletionAsked = true;
        await queue.delete(one.handle);
        known.isDeleted = true;
      }
      return received;
    } catch (error) {
      assert(isTrouble(error), `a queue could not be emptied: ${error}`);
      return [];
    }
  }

  get #nowMs(): number {
    return this.#simulation.clock.monotonicMs();
  }

  async #open(queues: Queues, kind: Kind): Promise<Queue | undefined> {
    try {
      return await queues.queue(queues.find(names[kind]));
    } catch (error) {
      assert(isTrouble(error), `a queue could not be opened: ${error}`);
      return undefined;
    }
  }

  async #close(queues: Queues): Promise<void> {
    await this.#calls.settled();
    if (this.#queues !== queues) return;
    this.#queues = undefined;
    this.#starts += 1;
    await this.#machine.orCrash(queues.close().catch((error) => assert(isTrouble(error), String(error))));
  }

  #crash({ powerLoss }: { powerLoss: boolean }): void {
    this.#queues = undefined;
    this.#starts += 1;
    this.#machine.crash({ powerLoss });
    // Of what was sent and not answered nobody knows whether it is there, nor of its deduplication id.
    for (const [id, first] of this.#deduplicated)
      if (first !== undefined && this.#known.get(first.id)?.offset === undefined)
        this.#deduplicated.set(id, undefined);
  }

  async #running(): Promise<Queues> {
    for (let attempts = 0; ; attempts += 1) {
      assert(attempts < 100, 'the queues could not be opened a hundred times');
      if (this.#queues !== undefined) return this.#queues;
      if (!this.#machine.running) this.#machine.restart();
      const outcome = await this.#machine.orCrash(
        this.#openQueues().catch((error) => assert(isTrouble(error), String(error))),
      );
      if (!outcome.crashed && outcome.value !== undefined) this.#queues = outcome.value;
    }
  }

  async #openQueues(): Promise<Queues> {
    const honest = { world: this.#machine.world, sql: await openSimulatedSql(this.#machine, store) };
    const { world, sql } = this.#options.mutate?.(honest) ?? honest;
    this.#starts += 1;
    const queues = await Queues.open({
      ...{ world, sql, directory: '/data/queues', start: this.#starts, indexes: new IndexCache(8) },
      ...{ log: silentTelemetry().log, region: 'us-east-1', account: '000000000000' },
    });
    const attributes = { MessageRetentionPeriod: retentionSeconds };
    await queues.create({ name: names.standard, attributes });
    await queues.create({ name: names.fifo, attributes: { ...attributes, FifoQueue: 'true' } });
    return queues;
  }
}

function isTrouble(error: unknown): boolean {
  return (
    isCode(error, 'ServiceUnavailable') ||
    (error instanceof Error &&
      ['DiskError', 'SegmentLogError', 'PartitionError', 'SqlError'].includes(error.name))
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof QueueError && error.code === code;
}
