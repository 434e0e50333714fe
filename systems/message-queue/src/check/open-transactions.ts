// The transactions that a log leaves open, as its batches and markers say; and which of them hang, as no transactional id has
// them open there: machine/hanging.ts.

import type { BatchHeader } from '../batch/batch-header.ts';
import { decodeMarker } from '../batch/control-records.ts';
import { decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes } from '../limits.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { Partition } from '../partition/partition.ts';
import { stateOf } from '../transactions/lifecycle/transaction-row.ts';
import { isUnderWay } from '../transactions/machine/hanging.ts';
import type { PartitionName, TransactionState } from '../transactions/machine/transaction-state.ts';
import { damage, type Finding } from './finding.ts';

export type OpenTransaction = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly firstOffset: number;
};

const pageRows = 500;

export class OpenTransactions {
  readonly #open = new Map<number, OpenTransaction>();

  all(): readonly OpenTransaction[] {
    return [...this.#open.values()];
  }

  /** Every batch of the log, in their order. */
  take(header: BatchHeader, bytes: Uint8Array): void {
    const { producerId, producerEpoch, baseOffset: firstOffset } = header;
    if (header.isControl) {
      const [record] = decodeRecords(header, bytes.subarray(batchHeaderBytes));
      if (record !== undefined && decodeMarker(record) !== undefined) this.#open.delete(producerId);
    } else if (header.isTransactional && !this.#open.has(producerId))
      this.#open.set(producerId, { producerId, producerEpoch, firstOffset });
  }
}

/** Of a partition that is open. */
export function openIn(partition: Pick<Partition, 'producers'>): readonly OpenTransaction[] {
  return partition.producers().flatMap(({ producerId, producerEpoch, transactionFirstOffset }) => {
    if (transactionFirstOffset === undefined) return [];
    return [{ producerId, producerEpoch, firstOffset: transactionFirstOffset }];
  });
}

export type TransactionRows = {
  readonly states: readonly TransactionState[];
  /** Of transactional ids whose rows are not what was written: nobody knows what they have open. */
  readonly damaged: readonly string[];
};

export async function readTransactionRows(sql: MetadataSql): Promise<TransactionRows> {
  const states: TransactionState[] = [];
  const damaged: string[] = [];
  for (let after = ''; ; ) {
    const rows = await sql.read('listTransactions', { after, limit: pageRows });
    for (const { row, isIntact } of rows) {
      const state = isIntact ? stateOf(row) : undefined;
      if (state === undefined) damaged.push(row.id);
      else states.push(state);
    }
    if (rows.length < pageRows) return { states, damaged };
    after = rows.at(-1)!.row.id;
  }
}

export function hangingOf(
  open: readonly OpenTransaction[],
  { states }: TransactionRows,
  name: PartitionName,
): readonly OpenTransaction[] {
  return open.filter(({ producerId }) => !isUnderWay({ producerId, name }, states));
}

export function hangingText(
  { producerId, producerEpoch, firstOffset }: OpenTransaction,
  { damaged }: TransactionRows,
): string {
  const whose = `of producer ${producerId}, epoch ${producerEpoch}`;
  const [row] = damaged;
  const why =
    row === undefined
      ? 'its marker was lost'
      : `its marker was lost, or it is of '${row}', whose row is damaged`;
  return `the transaction ${whose} that begins at offset ${firstOffset} has no end: ${why}; readers of committed records wait there`;
}

export function undecidedText({ producerId, producerEpoch, firstOffset }: OpenTransaction): string {
  const whose = `of producer ${producerId}, epoch ${producerEpoch}`;
  const wait = 'may have ended in what is damaged: readers of committed records wait there';
  const loss = '--accept-loss aborts it, or takes the next marker of its producer for its end';
  return `the transaction ${whose} that begins at offset ${firstOffset} ${wait}; ${loss}`;
}

export function hangingFinding(where: string, one: OpenTransaction, rows: TransactionRows): Finding {
  return damage(where, hangingText(one, rows));
}
