// What operators ask of transactional ids: DescribeTransactions and ListTransactions.

import { kafkaErrors } from '../errors.ts';
import type { TransactionState as DescribedState } from '../kafka/messages/describe-transactions-response.ts';
import type { ListTransactionsRequest } from '../kafka/messages/list-transactions-request.ts';
import type { ListTransactionsResponse } from '../kafka/messages/list-transactions-response.ts';
import { isPrepared, type TransactionState, transactionStatuses } from './machine/transaction-state.ts';

/** Kafka's names of states that no transactional id here is ever seen in. */
const statusesPassedBy = ['Dead', 'PrepareEpochFence'];
const knownStatuses: readonly string[] = [...transactionStatuses, ...statusesPassedBy];

export function described(state: TransactionState): DescribedState {
  return {
    errorCode: kafkaErrors.NONE.code,
    transactionalId: state.transactionalId,
    transactionState: state.status,
    transactionTimeoutMs: state.timeoutMs,
    transactionStartTimeMs: state.startedMs,
    producerId: state.producerId,
    producerEpoch: state.producerEpoch,
    topics: [...state.partitions].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
  };
}

/** Undefined when it has taken too long, for this text and those before. */
export type Matcher = (text: string) => boolean | undefined;

/** `matches` is made from the pattern of the request. Undefined when it takes too long. */
export function listed(
  states: readonly TransactionState[],
  options: { request: ListTransactionsRequest; matches: Matcher; nowMs: number },
): ListTransactionsResponse | undefined {
  const { stateFilters, producerIdFilters, durationFilter } = options.request;
  const isWanted = (state: TransactionState): boolean =>
    (stateFilters.length === 0 || stateFilters.includes(state.status)) &&
    (producerIdFilters.length === 0 || producerIdFilters.includes(state.producerId)) &&
    (durationFilter < 0 || isOpenLongerThan(state, { durationMs: durationFilter, nowMs: options.nowMs }));
  const matching: TransactionState[] = [];
  for (const state of states) {
    if (!isWanted(state)) continue;
    const matches = options.matches(state.transactionalId);
    if (matches === undefined) return undefined;
    if (matches) matching.push(state);
  }
  return {
    throttleTimeMs: 0,
    errorCode: kafkaErrors.NONE.code,
    unknownStateFilters: stateFilters.filter((name) => !knownStatuses.includes(name)),
    transactionStates: matching.map(({ transactionalId, producerId, status }) => ({
      transactionalId,
      producerId,
      transactionState: status,
    })),
  };
}

/** Kafka counts ids that have no transaction open as running since 1970. */
function isOpenLongerThan(
  state: TransactionState,
  { durationMs, nowMs }: { durationMs: number; nowMs: number },
): boolean {
  return (state.status === 'Ongoing' || isPrepared(state)) && nowMs - state.startedMs > durationMs;
}
