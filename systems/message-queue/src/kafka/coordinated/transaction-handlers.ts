// Access to transactions: WRITE of the transactional id to use it, DESCRIBE to look; of the topics and the group that it
// touches as without it. A producer id without a transaction is given to everyone who may come in at all: it lets nobody
// write anywhere.

import { kafkaErrors } from '../../errors.ts';
import type { HandlerContext, Handlers } from '../handlers/handler.ts';
import type {
  AddPartitionsToTxnTopic,
  AddPartitionsToTxnTransaction,
} from '../messages/add-partitions-to-txn-request.ts';
import { allowsTopic, coordinated, divide, handOver } from './coordinated.ts';
import type { TransactionCalls } from './coordinator-calls.ts';

const idDenied = kafkaErrors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code;
const topicDenied = kafkaErrors.TOPIC_AUTHORIZATION_FAILED.code;
const groupDenied = kafkaErrors.GROUP_AUTHORIZATION_FAILED.code;
const notAttempted = kafkaErrors.OPERATION_NOT_ATTEMPTED.code;

export function transactionHandlers(transactions: TransactionCalls): Handlers {
  return {
    ...producerHandlers(transactions),
    addPartitionsToTxn: (request, context) =>
      context.version < 4
        ? addPartitions(transactions, request, context)
        : addPartitionsOfMany(transactions, request, context),
    describeTransactions: async (request, context) => {
      const mayDescribe = (id: string) => context.access.allows('transactionalId', id, 'describe');
      const ids = await divide(request.transactionalIds, mayDescribe);
      const described = await handOver(
        transactions,
        'describeTransactions',
        { ...request, transactionalIds: ids.allowed },
        context,
      );
      const hidden = ids.denied.map(hiddenTransaction);
      const shown = [];
      for (const state of described.transactionStates) {
        const { allowed } = await divide(state.topics, ({ topic }) =>
          context.access.allows('topic', topic, 'describe'),
        );
        shown.push({ ...state, topics: allowed });
      }
      return { ...described, transactionStates: [...shown, ...hidden] };
    },
    listTransactions: async (request, context) => {
      const listed = await handOver(transactions, 'listTransactions', request, context);
      const shown = await divide(listed.transactionStates, ({ transactionalId }) =>
        context.access.allows('transactionalId', transactionalId, 'describe'),
      );
      return { ...listed, transactionStates: shown.allowed };
    },
  };
}

async function mayWrite(transactionalId: string, { access }: HandlerContext): Promise<boolean> {
  return access.allows('transactionalId', transactionalId, 'write');
}

function producerHandlers(transactions: TransactionCalls): Handlers {
  return {
    initProducerId: coordinated(transactions, 'initProducerId', async ({ transactionalId }, context) => {
      if (transactionalId === null || (await mayWrite(transactionalId, context))) return undefined;
      return { throttleTimeMs: 0, errorCode: idDenied, producerId: -1, producerEpoch: -1 };
    }),
    addOffsetsToTxn: coordinated(transactions, 'addOffsetsToTxn', async (request, context) => {
      const isAllowed = await mayWrite(request.transactionalId, context);
      if (isAllowed && (await context.access.allows('group', request.groupId, 'read'))) return undefined;
      return { throttleTimeMs: 0, errorCode: isAllowed ? groupDenied : idDenied };
    }),
    endTxn: coordinated(transactions, 'endTxn', async ({ transactionalId }, context) =>
      (await mayWrite(transactionalId, context)) ? undefined : { throttleTimeMs: 0, errorCode: idDenied },
    ),
    txnOffsetCommit: async (request, context) => {
      const isAllowed = await mayWrite(request.transactionalId, context);
      const mayCommit = isAllowed && (await context.access.allows('group', request.groupId, 'read'));
      const { allowed, denied } = await divide(
        request.topics,
        async (topic) => mayCommit && (await allowsTopic(context.access, 'read')(topic)),
      );
      const errorCode = mayCommit ? topicDenied : isAllowed ? groupDenied : idDenied;
      const refused = denied.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
      }));
      if (!mayCommit) return { throttleTimeMs: 0, topics: refused };
      const committed = await handOver(
        transactions,
        'txnOffsetCommit',
        { ...request, topics: allowed },
        context,
      );
      return { ...committed, topics: [...committed.topics, ...refused] };
    },
  };
}

type AddRequest = Parameters<TransactionCalls['addPartitionsToTxn']>[0];
type AddResponse = Awaited<ReturnType<TransactionCalls['addPartitionsToTxn']>>;

/** Up to version 3: one transaction. One topic that is denied holds up all. */
async function addPartitions(
  transactions: TransactionCalls,
  request: AddRequest,
  context: HandlerContext,
): Promise<AddResponse> {
  const { v3AndBelowTransactionalId: transactionalId, v3AndBelowTopics: topics } = request;
  const refused = await refusedTopics({ transactionalId, topics }, context);
  if (refused === undefined) return handOver(transactions, 'addPartitionsToTxn', request, context);
  return { throttleTimeMs: 0, resultsByTopicV3AndBelow: refused };
}

async function addPartitionsOfMany(
  transactions: TransactionCalls,
  request: AddRequest,
  context: HandlerContext,
): Promise<AddResponse> {
  const refused = [];
  const allowed: AddPartitionsToTxnTransaction[] = [];
  for (const transaction of request.transactions) {
    const topicResults = await refusedTopics(transaction, context);
    if (topicResults === undefined) allowed.push(transaction);
    else refused.push({ transactionalId: transaction.transactionalId, topicResults });
  }
  const added = await handOver(
    transactions,
    'addPartitionsToTxn',
    { ...request, transactions: allowed },
    context,
  );
  return { ...added, resultsByTransaction: [...(added.resultsByTransaction ?? []), ...refused] };
}

/** Undefined when all are allowed. */
async function refusedTopics(
  { transactionalId, topics }: { transactionalId: string; topics: readonly AddPartitionsToTxnTopic[] },
  context: HandlerContext,
) {
  const isAllowed = await mayWrite(transactionalId, context);
  const { denied } = await divide(topics, allowsTopic(context.access, 'write'));
  if (isAllowed && denied.length === 0) return undefined;
  return topics.map((topic) => {
    const partitionErrorCode = !isAllowed ? idDenied : denied.includes(topic) ? topicDenied : notAttempted;
    const results = topic.partitions.map((partitionIndex) => ({ partitionIndex, partitionErrorCode }));
    return { name: topic.name, resultsByPartition: results };
  });
}

function hiddenTransaction(transactionalId: string) {
  return {
    errorCode: idDenied,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: -1,
    producerId: -1,
    producerEpoch: -1,
    topics: [],
  };
}
