// Producers, zombies among them, that write in transactions to two partitions and a group while the broker crashes, its
// metadata and its partitions fail, clocks jump, and requests come twice, late and out of order.
//
// Safety: a transaction is seen wholly or not at all, in all its partitions and offsets; one that was told to be committed
// is seen; one of a producer that had been replaced before it asked for its commit never is; no record is seen twice.
// Liveness: once nothing fails any more, nothing hangs, and whoever begins can commit.

import assert from 'node:assert/strict';
import { simulatedSqlFaults } from '@cairn/engines';
import type { Timer } from '@cairn/world';
import type { Scenario, Simulation } from '@cairn/world/simulated';
import metadataStore from '../../src/metadata/store.ts';
import { PartitionError } from '../../src/partition/partition.ts';
import {
  type Broker,
  Client,
  emptyDisk,
  type Producer,
  startBroker,
} from '../transactions/coordinator-fixture.ts';
import { checkDisk, checkNothingOpen, type TransactionModel } from './transaction-model.ts';
import {
  type Sending,
  type TransactionalId,
  type TransactionStep,
  transactionalIds,
  transactionPlan,
} from './transaction-plan.ts';
import { TransactionalApplication } from './transactional-application.ts';

export type TransactionScenarioOptions = {
  readonly name: string;
  /** With a mistake of its own. */
  readonly store?: typeof metadataStore;
  readonly isGuarded?: boolean;
};

/** Longer than any attempt waits for the next, and any transaction may be open. */
const restMs = 120_000;

export function transactionScenario(options: TransactionScenarioOptions): Scenario<TransactionStep> {
  return {
    name: options.name,
    plan: transactionPlan,
    run: (simulation, steps) => new TransactionRun(simulation, options).run(steps),
  };
}

/** A request that was sent, by whom, and for which of its transactions. */
type Sent = {
  readonly application: TransactionalApplication;
  readonly transaction: TransactionModel | undefined;
  readonly request: (client: Client) => Promise<unknown>;
};

class TransactionRun {
  readonly #simulation: Simulation;
  readonly #options: TransactionScenarioOptions;
  readonly #disk = emptyDisk();
  readonly #applications: TransactionalApplication[] = [];
  readonly #transactions: TransactionModel[] = [];
  readonly #sent: Sent[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #crashes: Timer[] = [];
  #broker: Broker | undefined;
  #starting: Promise<void> | undefined;
  #starts = 0;
  #markerFailures = 0;

  constructor(simulation: Simulation, options: TransactionScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
  }

  get #machine() {
    return this.#simulation.machine('broker');
  }

  get #faults() {
    return simulatedSqlFaults(this.#machine, metadataStore.name);
  }

  async run(steps: readonly TransactionStep[]): Promise<void> {
    for (const step of steps) await this.#perform(step);
    for (const crash of this.#crashes) crash.cancel();
    await this.#settle();
    this.#faults.failCommits = 0;
    this.#markerFailures = 0;
    this.#crash(true);
    await this.#running();
    await this.#simulation.clock.sleep(restMs);
    checkNothingOpen(this.#disk);
    checkDisk(this.#disk, this.#transactions);
    for (const id of transactionalIds) await this.#commitOne(id);
    checkDisk(this.#disk, this.#transactions);
  }

  async #commitOne(id: TransactionalId): Promise<void> {
    const application = this.#newApplication(id, true);
    await application.begin();
    await application.produce('a');
    await application.commitOffsets();
    const { transaction } = application;
    await application.end(true);
    assert.equal(transaction?.told, 'committed', `nobody can commit as ${id} any more`);
  }

  async #perform(step: TransactionStep): Promise<void> {
    const { clock } = this.#simulation;
    switch (step.do) {
      case 'start': {
        const application = this.#newApplication(step.id, step.raisesEpoch);
        return this.#start(application.run(() => application.begin()));
      }
      case 'produce':
        return this.#ask(step.pick, (application) => application.produce(step.topic, step));
      case 'offsets':
        return this.#ask(step.pick, (application) => application.commitOffsets(step));
      case 'end':
        return this.#ask(step.pick, (application) => application.end(step.commit, step.twice));
      case 'replay':
        return this.#replay(step.pick);
      case 'pause':
        return clock.sleep(step.forMs);
      case 'crash':
        this.#crashes.push(clock.setTimer(step.afterMs, () => this.#crash(step.powerLoss)));
        return;
      case 'stall':
        if (this.#machine.running) this.#machine.stall(step.forMs);
        return;
      case 'jump':
        return this.#machine.clockJump(step.byMs);
      case 'fail metadata':
        this.#faults.failCommits += step.count;
        return;
      case 'fail markers':
        this.#markerFailures += step.count;
        return;
    }
  }

  #ask(pick: number, work: (application: TransactionalApplication) => Promise<void>): void {
    const isAny = pick % 5 === 0;
    const id = transactionalIds[pick % transactionalIds.length];
    const all = this.#applications;
    const application = isAny ? all[pick % all.length] : all.findLast((one) => one.id === id);
    if (application !== undefined) this.#start(application.run(() => work(application)));
  }

  #newApplication(id: TransactionalId, raisesEpoch: boolean): TransactionalApplication {
    const application: TransactionalApplication = new TransactionalApplication({
      name: `${id}${this.#applications.length}`,
      ...{ id, raisesEpoch },
      call: (request, sending) => this.#send(application, request, sending),
      sleep: (ms) => this.#simulation.clock.sleep(ms),
      isReplaced: (mine) => this.#isReplaced(application, mine),
      began: (transaction) => this.#transactions.push(transaction),
    });
    this.#applications.push(application);
    return application;
  }

  #isReplaced(application: TransactionalApplication, mine: Producer): boolean {
    return this.#applications.some(
      (other) =>
        other !== application && other.id === application.id && other.given && isNewer(other.given, mine),
    );
  }

  async #send<T>(
    application: TransactionalApplication,
    request: (client: Client) => Promise<T>,
    { sent }: Sending = { sent: 'once' },
  ): Promise<T | undefined> {
    this.#sent.push({ application, transaction: application.transaction, request });
    if (sent === 'once') return this.#call(request);
    if (sent === 'hastily') return void this.#start(this.#call(request));
    const [first, second] = await Promise.all([this.#call(request), this.#call(request)]);
    // Which of them the client hears of is chance.
    return this.#simulation.random.chance(1 / 2) ? first : second;
  }

  /** What cannot be told from a new request of a sound client, by the older flow, is not sent again. */
  #replay(pick: number): void {
    const sent = this.#sent[pick % this.#sent.length];
    if (sent === undefined) return;
    const { application, transaction, request } = sent;
    const isOfNow = transaction !== undefined && transaction === application.transaction;
    if (isOfNow || application.raisesEpoch || application.isReplaced()) this.#start(this.#call(request));
  }

  async #call<T>(request: (client: Client) => Promise<T>): Promise<T | undefined> {
    const { clock, random } = this.#simulation;
    await clock.sleep(random.integer(4));
    const broker = await this.#running();
    const arrival = () => broker.clock.sleep(random.integer(12));
    const { isGuarded = true } = this.#options;
    const outcome = await this.#machine.orCrash(request(new Client(broker, { isGuarded, arrival })));
    return outcome.crashed ? undefined : outcome.value;
  }

  #start(work: Promise<unknown>): void {
    const done = work.finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #crash(powerLoss: boolean): void {
    this.#broker = undefined;
    if (!this.#machine.running) return;
    this.#machine.crash({ powerLoss });
    const { random } = this.#simulation;
    for (const log of this.#disk.logs.values())
      log.crash((unsynced) => (powerLoss ? random.integer(unsynced + 1) : unsynced));
  }

  async #running(): Promise<Broker> {
    while (this.#broker === undefined) {
      this.#starting ??= this.#startBroker().finally(() => {
        this.#starting = undefined;
      });
      await this.#starting;
    }
    return this.#broker;
  }

  async #startBroker(): Promise<void> {
    if (!this.#machine.running) this.#machine.restart();
    const { store = metadataStore } = this.#options;
    const outcome = await this.#machine.orCrash(
      startBroker({
        ...{ machine: this.#machine, disk: this.#disk, starts: ++this.#starts, store },
        beforeMarker: () => this.#failMarker(),
      }),
    );
    if (!outcome.crashed) this.#broker = outcome.value;
  }

  #failMarker(): void {
    if (this.#markerFailures === 0) return;
    this.#markerFailures -= 1;
    throw new PartitionError('KAFKA_STORAGE_ERROR', 'by order of the scenario');
  }
}

function isNewer(one: Producer, other: Producer): boolean {
  return (
    one.producerId > other.producerId ||
    (one.producerId === other.producerId && one.producerEpoch > other.producerEpoch)
  );
}
