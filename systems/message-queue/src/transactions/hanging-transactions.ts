// Tells of hanging transactions: machine/hanging.ts says what they are. Partitions are looked at now and then; one that is open
// at two looks is asked about. Only told: a repair restores the marker where it can, or aborts where loss is accepted.

import type { Gauge, Telemetry } from '@cairn/telemetry';
import type { Partition } from '../partition/partition.ts';
import { isUnderWay } from './machine/hanging.ts';
import type { PartitionName, TransactionState } from './machine/transaction-state.ts';

export type HangingTransactionsParts = {
  /** Undefined while they are not read yet: then nothing can be said. */
  readonly states: () => Iterable<TransactionState> | undefined;
  readonly telemetry: Telemetry;
};

type Open = { readonly producerId: number; readonly producerEpoch: number; readonly firstOffset: number };

export class HangingTransactions {
  readonly #parts: HangingTransactionsParts;
  /** By partition. */
  readonly #openBefore = new Map<string, readonly Open[]>();
  readonly #hanging = new Map<string, readonly Open[]>();
  readonly #count: Gauge;

  constructor(parts: HangingTransactionsParts) {
    this.#parts = parts;
    const help = 'Transactions whose markers were lost: readers of committed records wait at them.';
    this.#count = parts.telemetry.metrics.gauge('cairn_kafka_hanging_transactions', { help }).with({});
  }

  /** `TOPIC/PARTITION` of each that has some. */
  partitions(): readonly string[] {
    return [...this.#hanging.keys()];
  }

  look(
    name: PartitionName,
    partition: Pick<Partition, 'producers' | 'undecided' | 'lastStableOffset' | 'highWatermark'>,
  ): void {
    const states = this.#parts.states();
    if (states === undefined) return;
    const key = `${name.topic}/${name.partition}`;
    const open = partition.lastStableOffset < partition.highWatermark ? openIn(partition) : [];
    const isOld = (one: Open) => this.#openBefore.get(key)?.some((known) => isSame(known, one)) === true;
    const endless = open.filter(
      (one) => isOld(one) && !isUnderWay({ producerId: one.producerId, name }, states),
    );
    const hanging = [...partition.undecided(), ...endless];
    this.#tell(key, hanging);
    replace(this.#openBefore, key, open);
    replace(this.#hanging, key, hanging);
    this.#set();
  }

  /** The topic is gone. */
  forget(topic: string): void {
    for (const known of [this.#openBefore, this.#hanging])
      for (const key of known.keys()) if (key.slice(0, key.lastIndexOf('/')) === topic) known.delete(key);
    this.#set();
  }

  #tell(key: string, hanging: readonly Open[]): void {
    for (const { producerId, producerEpoch, firstOffset } of hanging)
      if (this.#hanging.get(key)?.some((known) => known.firstOffset === firstOffset) !== true)
        this.#parts.telemetry.log.error(
          'a transaction hangs: its marker, or the row of its id, was lost; repair the broker',
          {
            ...{ partition: key, firstOffset, producerId, producerEpoch },
          },
        );
  }

  #set(): void {
    this.#count.set([...this.#hanging.values()].reduce((sum, { length }) => sum + length, 0));
  }
}

function openIn(partition: Pick<Partition, 'producers'>): readonly Open[] {
  return partition.producers().flatMap(({ producerId, producerEpoch, transactionFirstOffset }) => {
    if (transactionFirstOffset === undefined) return [];
    return [{ producerId, producerEpoch, firstOffset: transactionFirstOffset }];
  });
}

function isSame(a: Open, b: Open): boolean {
  return a.producerId === b.producerId && a.firstOffset === b.firstOffset;
}

function replace(known: Map<string, readonly Open[]>, key: string, open: readonly Open[]): void {
  if (open.length === 0) known.delete(key);
  else known.set(key, open);
}
