// Consumer groups as a transaction coordinator knows them: offsets kept apart until their transaction is ended. Each is
// one text here. What is written is there at some moment before it is acknowledged.

import type { TxnOffsetCommitRequest } from '../../src/kafka/messages/txn-offset-commit-request.ts';
import type { TxnOffsetCommitResponse } from '../../src/kafka/messages/txn-offset-commit-response.ts';
import type { TransactionGroups } from '../../src/transactions/transaction-parts.ts';

/** What outlives crashes. */
export class FakeOffsets {
  readonly pending = new Map<number, string[]>();
  readonly committed: string[] = [];
}

export function fakeGroups(offsets: FakeOffsets, write: () => Promise<void>): TransactionGroups {
  return {
    async txnOffsetCommit(request: TxnOffsetCommitRequest): Promise<TxnOffsetCommitResponse> {
      await write();
      const texts = request.topics.flatMap(({ partitions }) =>
        partitions.map(({ committedMetadata }) => committedMetadata ?? ''),
      );
      offsets.pending.getOrInsertComputed(request.producerId, () => []).push(...texts);
      await write();
      const topics = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0 })),
      }));
      return { throttleTimeMs: 0, topics };
    },
    async completeTransactionalOffsets(producerId: number, commit: boolean): Promise<void> {
      await write();
      if (commit) offsets.committed.push(...(offsets.pending.get(producerId) ?? []));
      offsets.pending.delete(producerId);
      await write();
    },
  };
}
