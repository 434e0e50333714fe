// AddPartitionsToTxn: of one transaction, or from version 4 on of several, some of which only ask whether partitions are in.

import { type KafkaErrorCode, kafkaErrors } from '../errors.ts';
import type {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnTopic,
  AddPartitionsToTxnTransaction,
} from '../kafka/messages/add-partitions-to-txn-request.ts';
import type {
  AddPartitionsToTxnResponse,
  AddPartitionsToTxnTopicResult,
} from '../kafka/messages/add-partitions-to-txn-response.ts';
import { coordinatorCode, verifyCode } from './answers.ts';
import type { Decided } from './machine/decision.ts';
import type { PartitionName, TransactionState } from './machine/transaction-state.ts';
import { type Addition, verify } from './machine/transitions.ts';

export type AddingOptions = {
  readonly version: number;
  readonly has: (name: PartitionName) => boolean;
  readonly find: (transactionalId: string) => TransactionState | undefined;
  readonly add: (transactionalId: string, addition: Omit<Addition, 'nowMs'>) => Promise<Decided>;
};

const throttleTimeMs = 0;

export async function addingPartitions(
  request: AddPartitionsToTxnRequest,
  options: AddingOptions,
): Promise<AddPartitionsToTxnResponse> {
  if (options.version >= 4) {
    const results = request.transactions.map(async (transaction) => ({
      transactionalId: transaction.transactionalId,
      topicResults: await topicResults(transaction, options),
    }));
    const resultsByTransaction = await Promise.all(results);
    return { throttleTimeMs, errorCode: kafkaErrors.NONE.code, resultsByTransaction };
  }
  const transaction = {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  };
  return { throttleTimeMs, resultsByTopicV3AndBelow: await topicResults(transaction, options) };
}

async function topicResults(
  transaction: AddPartitionsToTxnTransaction,
  options: AddingOptions,
): Promise<readonly AddPartitionsToTxnTopicResult[]> {
  const { transactionalId, topics, verifyOnly } = transaction;
  if (transactionalId === '') return results(topics, () => 'INVALID_REQUEST');
  const { version, has, find } = options;
  if (verifyOnly) {
    const known = find(transactionalId);
    return results(topics, (name) =>
      verifyCode(verify(known, { producer: transaction, name }) ?? 'NONE', version),
    );
  }
  const partitions = namesIn(topics);
  if (!partitions.every(has))
    return results(topics, (name) => (has(name) ? 'OPERATION_NOT_ATTEMPTED' : 'UNKNOWN_TOPIC_OR_PARTITION'));
  if (partitions.length === 0) return results(topics, () => 'NONE');
  const code = coordinatorCode(await addAll(transaction, { partitions, options }), {
    version,
    fencedFrom: 2,
  });
  return results(topics, () => code);
}

async function addAll(
  { transactionalId, producerId, producerEpoch }: AddPartitionsToTxnTransaction,
  { partitions, options }: { partitions: readonly PartitionName[]; options: AddingOptions },
): Promise<KafkaErrorCode> {
  const addition = { producerId, producerEpoch, partitions, hasOffsets: false };
  const decided = await options.add(transactionalId, addition);
  return decided.kind === 'refuse' ? decided.code : 'NONE';
}

function namesIn(topics: readonly AddPartitionsToTxnTopic[]): readonly PartitionName[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ topic: name, partition })),
  );
}

function results(
  topics: readonly AddPartitionsToTxnTopic[],
  codeOf: (name: PartitionName) => KafkaErrorCode,
): readonly AddPartitionsToTxnTopicResult[] {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partition) => ({
      partitionIndex: partition,
      partitionErrorCode: kafkaErrors[codeOf({ topic: name, partition })].code,
    })),
  }));
}
