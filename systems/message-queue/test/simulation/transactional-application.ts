// One process of an application that produces in transactions, as clients of Kafka do: what was not acknowledged is
// aborted, what has no answer is asked again, who is fenced stops.

import type { KafkaErrorCode } from '../../src/errors.ts';
import type { Client, Producer } from '../transactions/coordinator-fixture.ts';
import { TransactionModel } from './transaction-model.ts';
import type { Sending, TransactionalId } from './transaction-plan.ts';

/** Undefined when the broker died before it answered. */
export type Call = <T>(request: (client: Client) => Promise<T>, sending?: Sending) => Promise<T | undefined>;

export type ApplicationOptions = {
  readonly name: string;
  readonly id: TransactionalId;
  /** As Java 4: the versions with which an end raises the epoch. */
  readonly raisesEpoch: boolean;
  readonly call: Call;
  readonly sleep: (ms: number) => Promise<void>;
  /** Whether another process of the same id was given a newer epoch. */
  readonly isReplaced: (mine: Producer) => boolean;
  readonly began: (transaction: TransactionModel) => void;
};

const again: readonly (KafkaErrorCode | undefined)[] = [
  undefined,
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
];
const attemptsMax = 60;
const timeoutMs = 2_000;

export class TransactionalApplication {
  readonly id: TransactionalId;
  readonly raisesEpoch: boolean;
  readonly #options: ApplicationOptions;
  readonly #added = new Set<string>();
  readonly #sequences = new Map<string, number>();
  /** The last that it was given by the coordinator when it began, or began again. */
  given: Producer | undefined;
  #producer: Producer | undefined;
  #transaction: TransactionModel | undefined;
  #isEnding = false;
  #count = 0;
  #last: Promise<void> = Promise.resolve();
  isStopped = false;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.id = options.id;
    this.raisesEpoch = options.raisesEpoch;
  }

  get transaction(): TransactionModel | undefined {
    return this.#transaction;
  }

  isReplaced(): boolean {
    return this.#producer !== undefined && this.#options.isReplaced(this.#producer);
  }

  /** It does one thing after the other. */
  run(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(() => (this.isStopped ? undefined : work()));
    return this.#last;
  }

  async begin(expected?: Producer): Promise<void> {
    const answer = await this.#persist((client) =>
      client.init(this.id, { timeoutMs, version: 5, ...(expected && { expected }) }),
    );
    if (answer?.code !== 'NONE') return this.#stop();
    const { producerId, producerEpoch } = answer;
    this.given = { producerId, producerEpoch };
    this.#follow(this.given);
  }

  async produce(topic: string, sending: Sending = { sent: 'once' }): Promise<void> {
    if (!(await this.#isReady())) return;
    const transaction = this.#open();
    if (!(await this.#join(topic, (client) => client.add(this.id, this.#producer!, topic)))) return;
    const text = `${transaction.name} ${this.#count++}`;
    const sequence = this.#sequences.get(topic) ?? 0;
    const part = { topic, text, sequence, version: this.raisesEpoch ? 12 : 11 };
    const producer = this.#producer!;
    const code = await this.#options.call((client) => client.produce(this.id, producer, part), sending);
    this.#acknowledge(code, { place: topic, text });
    if (code === 'NONE') this.#sequences.set(topic, sequence + 1);
  }

  async commitOffsets(sending: Sending = { sent: 'once' }): Promise<void> {
    if (!(await this.#isReady())) return;
    const transaction = this.#open();
    if (!(await this.#join('offsets', (client) => client.addOffsets(this.id, this.#producer!)))) return;
    const text = `${transaction.name} ${this.#count++}`;
    const producer = this.#producer!;
    const version = this.raisesEpoch ? 5 : 4;
    const code = await this.#options.call(
      (client) => client.commitOffsets(this.id, producer, { text, version }),
      sending,
    );
    this.#acknowledge(code, { place: 'offsets', text });
  }

  async end(wanted: boolean, twice = false): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined || this.#isEnding) return;
    const commit = wanted && !transaction.isBroken;
    const producer = this.#producer!;
    if (commit && !this.isReplaced()) transaction.mayBeCommitted = true;
    this.#isEnding = true;
    const version = this.raisesEpoch ? 5 : 4;
    const answer = await this.#persist((client) => client.end(this.id, producer, { commit, version }), twice);
    this.#isEnding = false;
    this.#transaction = undefined;
    if (answer?.code !== 'NONE') return this.#afterRefusal(transaction, { commit, code: answer?.code });
    transaction.told = commit ? 'committed' : 'aborted';
    if (this.raisesEpoch) return this.#follow(answer);
    this.#added.clear();
    // What became of the sequence of a batch without an answer is not known.
    if (transaction.isBroken) await this.begin(producer);
  }

  #acknowledge(code: KafkaErrorCode | undefined, part: { place: string; text: string }): void {
    const transaction = this.#transaction!;
    if (code === 'NONE') transaction.texts.push(part);
    else transaction.isBroken = true;
  }

  /** Nothing began on the broker, if every request was refused: then an abort is one too many. */
  async #afterRefusal(
    transaction: TransactionModel,
    { commit, code }: { commit: boolean; code: KafkaErrorCode | undefined },
  ): Promise<void> {
    if (code === undefined || commit || transaction.texts.length > 0 || code !== 'INVALID_TXN_STATE')
      return this.#stop();
    this.#added.clear();
    await this.begin(this.#producer);
  }

  /** Clients of the older flow say what belongs to the transaction. */
  async #join(place: string, ask: (client: Client) => Promise<KafkaErrorCode>): Promise<boolean> {
    if (this.raisesEpoch || this.#added.has(place)) return true;
    const code = await this.#persist(async (client) => ({ code: await ask(client) }));
    if (code?.code === 'NONE') this.#added.add(place);
    else this.#transaction!.isBroken = true;
    return code?.code === 'NONE';
  }

  async #isReady(): Promise<boolean> {
    if (this.#producer === undefined || this.#isEnding) return false;
    return this.#transaction?.isBroken !== true;
  }

  #open(): TransactionModel {
    if (this.#transaction !== undefined) return this.#transaction;
    this.#transaction = new TransactionModel(`${this.#options.name}.${this.#count++}`);
    this.#options.began(this.#transaction);
    return this.#transaction;
  }

  #follow({ producerId, producerEpoch }: Producer): void {
    this.#producer = { producerId, producerEpoch };
    this.#sequences.clear();
    this.#added.clear();
  }

  #stop(): void {
    this.isStopped = true;
  }

  async #persist<T extends { readonly code: KafkaErrorCode }>(
    request: (client: Client) => Promise<T>,
    twice = false,
  ): Promise<T | undefined> {
    for (let attempts = 0; attempts < attemptsMax; attempts += 1) {
      const answer = await this.#options.call(request, { sent: twice && attempts === 0 ? 'twice' : 'once' });
      if (!again.includes(answer?.code)) return answer;
      await this.#options.sleep(100);
    }
    return undefined;
  }
}
