// Batches of transactions on their way to a partition: only those of an open transaction that names the partition get
// through, since nothing would ever end what comes behind the marker of its transaction.
//
//   ensure   before the partition is asked: from Produce 12 on adds the partition, which may take a write
//   check    in the turn in which the partition is asked: an end that is being decided refuses the batch. Markers are
//            written after that, and a partition decides in the order of calls, so what passed is in front of the marker

import type { KafkaErrorCode } from '../errors.ts';
import { produceCode } from './answers.ts';
import type { TransactionTable } from './lifecycle/transaction-table.ts';
import type { Decided } from './machine/decision.ts';
import type { PartitionName } from './machine/transaction-state.ts';
import { type Addition, type ProducerName, verify } from './machine/transitions.ts';
import { transactionalProducers } from './transactional-batches.ts';

/** The version from which a producer does not name partitions before it writes to them. */
const addsFrom = 12;

export type Produced = {
  readonly transactionalId: string;
  readonly version: number;
};
export type ProducedPart = PartitionName & { readonly records: Uint8Array };
/** Undefined for what may be written. */
export type Verdict = KafkaErrorCode | undefined;

export type ProduceGuardOptions = {
  readonly table: Pick<TransactionTable, 'get' | 'isLeavingOpen'>;
  readonly add: (transactionalId: string, addition: Omit<Addition, 'nowMs'>) => Promise<Decided>;
};

export class ProduceGuard {
  readonly #table: ProduceGuardOptions['table'];
  readonly #add: ProduceGuardOptions['add'];

  constructor({ table, add }: ProduceGuardOptions) {
    this.#table = table;
    this.#add = add;
  }

  /** One verdict for each part; at once when nothing has to be added. */
  ensure(
    request: Produced,
    parts: readonly ProducedPart[],
  ): readonly Verdict[] | Promise<readonly Verdict[]> {
    const found = parts.map((part) => this.#verify(request.transactionalId, part));
    const isAdded = request.version >= addsFrom && found.some(isMissing);
    if (isAdded) return this.#addMissing(request, { parts, found });
    return found.map(({ code }) => code && produceCode(code, request.version));
  }

  check({ transactionalId, version }: Produced, part: ProducedPart): Verdict {
    const { code } = this.#verify(transactionalId, part);
    return code && produceCode(code, version);
  }

  async #addMissing(
    { transactionalId, version }: Produced,
    { parts, found }: { parts: readonly ProducedPart[]; found: readonly Found[] },
  ): Promise<readonly Verdict[]> {
    // They are all of the producer that has the transactional id: others were refused for that.
    const { producer } = found.find(isMissing)!;
    const partitions = parts.filter((_, index) => isMissing(found[index]!));
    const decided = await this.#add(transactionalId, { ...producer, partitions, hasOffsets: false });
    const added = decided.kind === 'refuse' ? decided.code : undefined;
    return found.map((part) => {
      const code = isMissing(part) ? added : part.code;
      return code && produceCode(code, version);
    });
  }

  #verify(transactionalId: string, part: ProducedPart): Found {
    const known = this.#table.get(transactionalId);
    for (const producer of transactionalProducers(part.records)) {
      const code = this.#table.isLeavingOpen(transactionalId)
        ? 'CONCURRENT_TRANSACTIONS'
        : verify(known, { producer, name: part });
      if (code !== undefined) return { code, producer };
    }
    return { code: undefined };
  }
}

type Found = Missing | { readonly code: Exclude<Verdict, 'TRANSACTION_ABORTABLE'> };
type Missing = { readonly code: KafkaErrorCode; readonly producer: ProducerName };

function isMissing(found: Found): found is Missing {
  return found.code === 'TRANSACTION_ABORTABLE';
}
