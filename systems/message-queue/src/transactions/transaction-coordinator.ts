// The transaction coordinator: decoded requests of Kafka's protocol in, its responses out. Every answer is true of what is
// durable. Who asks was authorized before.
//
// The row of a transactional id is the decision on its transaction: an end is durable there before its first marker is
// written, and from then on it is carried out, whatever crashes (lifecycle.ts). EndTxn is answered once it is decided, and
// waits a moment for the markers: then the next transaction meets nothing of the last one, and committed records are seen
// by who was told of the commit.

import { SqlError } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { type KafkaErrorCode, kafkaErrors } from '../errors.ts';
import type { AddOffsetsToTxnRequest } from '../kafka/messages/add-offsets-to-txn-request.ts';
import type { AddOffsetsToTxnResponse } from '../kafka/messages/add-offsets-to-txn-response.ts';
import type { AddPartitionsToTxnRequest } from '../kafka/messages/add-partitions-to-txn-request.ts';
import type { AddPartitionsToTxnResponse } from '../kafka/messages/add-partitions-to-txn-response.ts';
import type { DescribeTransactionsRequest } from '../kafka/messages/describe-transactions-request.ts';
import type { DescribeTransactionsResponse } from '../kafka/messages/describe-transactions-response.ts';
import type { EndTxnRequest } from '../kafka/messages/end-txn-request.ts';
import type { EndTxnResponse } from '../kafka/messages/end-txn-response.ts';
import type { InitProducerIdRequest } from '../kafka/messages/init-producer-id-request.ts';
import type { InitProducerIdResponse } from '../kafka/messages/init-producer-id-response.ts';
import type { ListTransactionsRequest } from '../kafka/messages/list-transactions-request.ts';
import type { ListTransactionsResponse } from '../kafka/messages/list-transactions-response.ts';
import type { TxnOffsetCommitRequest } from '../kafka/messages/txn-offset-commit-request.ts';
import type { TxnOffsetCommitResponse } from '../kafka/messages/txn-offset-commit-response.ts';
import { transactionalIdsMaxDefault } from '../limits.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { addingPartitions } from './adding-partitions.ts';
import { coordinatorCode, offsetCommitCode } from './answers.ts';
import { expectedOf, initializationRefusal } from './initialization-request.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { ProducerIds } from './lifecycle/producer-ids.ts';
import type { Decide } from './lifecycle/transaction-table.ts';
import { described, listed, type Matcher } from './listing.ts';
import { type Decided, refuse } from './machine/decision.ts';
import { initialize } from './machine/initialization.ts';
import {
  isPrepared,
  noProducerEpoch,
  noProducerId,
  type TransactionState,
} from './machine/transaction-state.ts';
import { type Addition, add, end, producerAfter, refusalOf } from './machine/transitions.ts';
import { ProduceGuard } from './produce-guard.ts';
import type { TransactionGroups, TransactionPartitions, TxnContext } from './transaction-parts.ts';

export type TransactionCoordinatorOptions = {
  readonly sql: Pick<MetadataSql, 'read' | 'write'>;
  readonly world: Pick<World, 'clock'>;
  readonly partitions: TransactionPartitions;
  readonly groups: TransactionGroups;
  /** Raised at every start of the broker. */
  readonly coordinatorEpoch: number;
  /** Undefined for a pattern that is none. Texts and patterns are a client's: it has to take bounded time. */
  readonly compilePattern: (pattern: string) => Matcher | undefined;
  /** More are refused until some expire. */
  readonly transactionalIdsMax?: number;
  readonly log: Telemetry['log'];
};

type Versioned = Pick<TxnContext, 'version'>;

const throttleTimeMs = 0;

/** Reads what there is, and goes on with the ends that were decided. */
export async function openTransactionCoordinator(
  options: TransactionCoordinatorOptions,
): Promise<TransactionCoordinator> {
  const coordinator = new TransactionCoordinator(options);
  await coordinator.start();
  return coordinator;
}

export class TransactionCoordinator {
  /** For who produces. */
  readonly guard: ProduceGuard;
  readonly #options: TransactionCoordinatorOptions;
  readonly #producerIds: ProducerIds;
  readonly #lifecycle: Lifecycle;

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options;
    this.#producerIds = new ProducerIds(options.sql);
    const { transactionalIdsMax = transactionalIdsMaxDefault } = options;
    this.#lifecycle = new Lifecycle({ ...options, transactionalIdsMax, producerIds: this.#producerIds });
    this.guard = new ProduceGuard({
      table: this.#lifecycle.table,
      add: (transactionalId, addition) => this.#add(transactionalId, addition),
    });
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  /** Of all transactional ids, but for those whose rows are damaged. */
  states(): readonly TransactionState[] {
    return this.#lifecycle.table.all();
  }

  async initProducerId(
    request: InitProducerIdRequest,
    { version }: Versioned,
  ): Promise<InitProducerIdResponse> {
    const code = initializationRefusal(request);
    if (code !== undefined) return initialized(code);
    const { transactionalId, transactionTimeoutMs: timeoutMs } = request;
    if (transactionalId === null) return this.#initializeIdempotent();
    const expected = expectedOf(request);
    const decided = await this.#change(transactionalId, (known, freshProducerId) =>
      initialize(known, { transactionalId, timeoutMs, expected, freshProducerId, nowMs: this.#nowMs() }),
    );
    if (decided.kind === 'refuse')
      return initialized(coordinatorCode(decided.code, { version, fencedFrom: 4 }));
    // What was open is being aborted.
    return isPrepared(decided.state)
      ? initialized('CONCURRENT_TRANSACTIONS')
      : initialized('NONE', decided.state);
  }

  addPartitionsToTxn(
    request: AddPartitionsToTxnRequest,
    { version }: Versioned,
  ): Promise<AddPartitionsToTxnResponse> {
    return addingPartitions(request, {
      version,
      has: (name) => this.#options.partitions.has(name),
      find: (transactionalId) => this.#lifecycle.table.get(transactionalId),
      add: (transactionalId, addition) => this.#add(transactionalId, addition),
    });
  }

  async addOffsetsToTxn(
    { transactionalId, producerId, producerEpoch }: AddOffsetsToTxnRequest,
    { version }: Versioned,
  ): Promise<AddOffsetsToTxnResponse> {
    const addition = { producerId, producerEpoch, partitions: [], hasOffsets: true };
    const decided = await this.#add(transactionalId, addition);
    const code = decided.kind === 'refuse' ? decided.code : 'NONE';
    return { throttleTimeMs, errorCode: codeOf(coordinatorCode(code, { version, fencedFrom: 2 })) };
  }

  async endTxn(
    { transactionalId, committed, ...producer }: EndTxnRequest,
    { version }: Versioned,
  ): Promise<EndTxnResponse> {
    const raisesEpoch = version >= 5;
    const decided = await this.#change(transactionalId, (known, freshProducerId) =>
      end(known, { ...producer, commit: committed, raisesEpoch, freshProducerId, nowMs: this.#nowMs() }),
    );
    if (decided.kind === 'refuse')
      return { throttleTimeMs, errorCode: codeOf(coordinatorCode(decided.code, { version, fencedFrom: 2 })) };
    const { producerId, producerEpoch } = producerAfter(decided.state);
    if (isPrepared(decided.state)) await this.#lifecycle.ended(transactionalId);
    return { throttleTimeMs, errorCode: codeOf('NONE'), producerId, producerEpoch };
  }

  async txnOffsetCommit(
    request: TxnOffsetCommitRequest,
    context: TxnContext,
  ): Promise<TxnOffsetCommitResponse> {
    const added = await this.#addOffsets(request, context);
    const code = added ?? this.#offsetsRefusal(request);
    if (code !== undefined) return refusedOffsets(request, offsetCommitCode(code, context.version));
    // In the turn in which the transaction was seen to be open.
    const commit = this.#options.groups.txnOffsetCommit(request, context);
    this.#lifecycle.hold(request.transactionalId, commit);
    return commit;
  }

  describeTransactions({ transactionalIds }: DescribeTransactionsRequest): DescribeTransactionsResponse {
    const transactionStates = transactionalIds.map((transactionalId) => {
      const known = this.#lifecycle.table.get(transactionalId);
      if (known !== undefined) return described(known);
      return {
        errorCode: codeOf(this.#absenceOf(transactionalId)),
        ...{ transactionalId, transactionState: '', transactionTimeoutMs: 0, transactionStartTimeMs: 0 },
        ...{ producerId: 0, producerEpoch: 0, topics: [] },
      };
    });
    return { throttleTimeMs, transactionStates };
  }

  listTransactions(request: ListTransactionsRequest): ListTransactionsResponse {
    const pattern = request.transactionalIdPattern ?? '';
    const matches = pattern === '' ? () => true : this.#options.compilePattern(pattern);
    const answer = matches && listed(this.#lifecycle.table.all(), { request, matches, nowMs: this.#nowMs() });
    if (answer !== undefined) return answer;
    const errorCode = codeOf('INVALID_REGULAR_EXPRESSION');
    return { throttleTimeMs, errorCode, unknownStateFilters: [], transactionStates: [] };
  }

  /** Ends that are decided and not carried out go on after the next start. */
  close(): Promise<void> {
    return this.#lifecycle.close();
  }

  #absenceOf(transactionalId: string): KafkaErrorCode {
    if (transactionalId === '') return 'INVALID_REQUEST';
    const isDamaged = this.#lifecycle.table.isDamaged(transactionalId);
    return isDamaged ? 'UNKNOWN_SERVER_ERROR' : 'TRANSACTIONAL_ID_NOT_FOUND';
  }

  async #initializeIdempotent(): Promise<InitProducerIdResponse> {
    try {
      return initialized('NONE', { producerId: await this.#producerIds.next(), producerEpoch: 0 });
    } catch (error) {
      return initialized(this.#failureOf(error, 'no producer id').code);
    }
  }

  /** Version 5 begins or joins the transaction by itself. */
  async #addOffsets(
    { transactionalId, producerId, producerEpoch }: TxnOffsetCommitRequest,
    { version }: Versioned,
  ): Promise<KafkaErrorCode | undefined> {
    if (version < 5) return undefined;
    const addition = { producerId, producerEpoch, partitions: [], hasOffsets: true };
    const decided = await this.#add(transactionalId, addition);
    return decided.kind === 'refuse' ? decided.code : undefined;
  }

  #offsetsRefusal({
    transactionalId,
    producerId,
    producerEpoch,
  }: TxnOffsetCommitRequest): KafkaErrorCode | undefined {
    const { table } = this.#lifecycle;
    if (table.isLeavingOpen(transactionalId)) return 'CONCURRENT_TRANSACTIONS';
    const known = table.get(transactionalId);
    const code = refusalOf(known, { producerId, producerEpoch });
    if (code !== undefined) return code;
    return known?.hasOffsets === true ? undefined : 'TRANSACTION_ABORTABLE';
  }

  #add(transactionalId: string, addition: Omit<Addition, 'nowMs'>): Promise<Decided> {
    return this.#change(transactionalId, (known) => add(known, { ...addition, nowMs: this.#nowMs() }));
  }

  async #change(transactionalId: string, decide: Decide): Promise<Decided> {
    if (transactionalId === '') return refuse('INVALID_REQUEST');
    try {
      return await this.#lifecycle.table.change(transactionalId, decide);
    } catch (error) {
      return this.#failureOf(error, 'transactional id not changed');
    }
  }

  /** Clients try again. */
  #failureOf(error: unknown, what: string): Extract<Decided, { kind: 'refuse' }> {
    if (!(error instanceof SqlError)) throw error;
    this.#options.log.warn(what, { error });
    return { kind: 'refuse', code: 'COORDINATOR_NOT_AVAILABLE' };
  }

  #nowMs(): number {
    return this.#options.world.clock.nowMs();
  }
}

function initialized(
  code: KafkaErrorCode,
  { producerId, producerEpoch }: Pick<TransactionState, 'producerId' | 'producerEpoch'> = {
    producerId: noProducerId,
    producerEpoch: noProducerEpoch,
  },
): InitProducerIdResponse {
  return { throttleTimeMs, errorCode: codeOf(code), producerId, producerEpoch };
}

function refusedOffsets({ topics }: TxnOffsetCommitRequest, code: KafkaErrorCode): TxnOffsetCommitResponse {
  const errorCode = codeOf(code);
  return {
    throttleTimeMs,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

function codeOf(code: KafkaErrorCode): number {
  return kafkaErrors[code].code;
}
