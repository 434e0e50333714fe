// What a transaction coordinator needs of others: the partitions that markers go to, and the offsets of consumer groups.

import type { TxnOffsetCommitRequest } from '../kafka/messages/txn-offset-commit-request.ts';
import type { TxnOffsetCommitResponse } from '../kafka/messages/txn-offset-commit-response.ts';
import type { Partition } from '../partition/partition.ts';
import type { PartitionName } from './machine/transaction-state.ts';

export type TransactionPartitions = {
  has(name: PartitionName): boolean;
  /** Undefined for one that is not there any more, and whose records are gone. Rejects when it cannot be opened now. */
  find(name: PartitionName): MarkedPartition | undefined | Promise<MarkedPartition | undefined>;
};
export type MarkedPartition = Pick<Partition, 'endTransaction'>;

export type TransactionGroups = {
  /** Keeps the offsets apart, durably, until their transaction is ended. */
  txnOffsetCommit(request: TxnOffsetCommitRequest, context: TxnContext): Promise<TxnOffsetCommitResponse>;
  /** Makes them the offsets of their groups, or forgets them, durably. Repeating it changes nothing. */
  completeTransactionalOffsets(producerId: number, commit: boolean): Promise<void>;
};

export type TxnContext = {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
};
