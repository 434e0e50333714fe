// Produce: batches go to their partitions as they came. Partitions decide in the order in which requests of a connection
// came, so the next request may begin as soon as every partition was asked.

import type { TopicAppends } from '../../broker/topic-appends.ts';
import type { OpenPartition, Topic } from '../../broker/topics/topic.ts';
import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import { type Appended, PartitionError } from '../../partition/partition.ts';
import { allKnown, eachInTurn, type Known, whenKnown } from '../../when-known.ts';
import type { PartitionProduceData, ProduceRequest, TopicProduceData } from '../messages/produce-request.ts';
import type {
  PartitionProduceResponse,
  ProduceResponse,
  TopicProduceResponse,
} from '../messages/produce-response.ts';
import { RefusedRequest } from '../server/refused-request.ts';
import { zeroUuid } from '../wire/values.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { Handler, HandlerContext } from './handler.ts';
import { findTopic, hasPartition } from './partitions.ts';
import { type Refusal, refusal, refusalOf } from './refusals.ts';

/** What a transaction coordinator says of batches of a transaction: undefined for what may be written. */
export type TransactionGuard = {
  /** Before partitions are asked, of all of a request: adds those that the transaction lacks, where its version wants it. */
  ensure(request: Produced, parts: readonly ProducedPart[]): readonly Verdict[] | Promise<readonly Verdict[]>;
  /** In the turn in which the partition is asked: the transaction may be ending by now. */
  check(request: Produced, part: ProducedPart): Verdict;
};
type Produced = { readonly transactionalId: string; readonly version: number };
type ProducedPart = { readonly topic: string; readonly partition: number; readonly records: Uint8Array };
type Verdict = KafkaErrorCode | undefined;

export type ProduceParts = BrokerParts & {
  /** None where there are no transactions. */
  readonly guardTransaction?: TransactionGuard | undefined;
  /** Batches go straight to partitions where it is missing. */
  readonly appends?: Pick<TopicAppends, 'append' | 'appendNow' | 'admit'> | undefined;
  /** Milliseconds that the client has to wait for what it sent, by its quotas. */
  readonly throttle: (context: HandlerContext, bytes: number) => number;
};

type Prepared = {
  readonly index: number;
  readonly topic: Topic;
  readonly part: ProducedPart;
  readonly partition: OpenPartition;
  readonly isLogAppendTime: boolean;
};
type PreparedPartition = Prepared | { readonly index: number; readonly refused: Refusal };
type PreparedTopic = { readonly data: TopicProduceData; readonly partitions: readonly PreparedPartition[] };

/** Its answer is there at once where batches are written, and as durable as they are to be, in this turn. */
export function produceHandler(parts: ProduceParts): Handler<'produce'> {
  return (request, context) => {
    // Batches are views of the frame; nobody keeps them once they are appended.
    context.releasesFrame();
    const producing = { request, parts, context };
    const prepared = eachInTurn(request.topicData, (data) => prepareTopic(data, producing));
    const guarded = whenKnown(prepared, (topics) => ensureTransaction(topics, producing));
    return whenKnown(guarded, (topics) => {
      const answers = topics.map(({ data, partitions }) => appended(data, partitions, producing));
      context.begun();
      return whenKnown(allKnown(answers), (responses) => response(responses, producing));
    });
  };
}

function response(
  responses: readonly TopicProduceResponse[],
  { request, parts, context }: Producing,
): ProduceResponse | undefined {
  const throttleTimeMs = parts.throttle(context, sentBytes(request));
  if (throttleTimeMs > 0) context.mute(throttleTimeMs);
  return request.acks === 0 ? withoutAnswer(responses) : { responses, throttleTimeMs };
}

type Producing = {
  readonly request: ProduceRequest;
  readonly parts: ProduceParts;
  readonly context: HandlerContext;
};

function prepareTopic(data: TopicProduceData, producing: Producing): Known<PreparedTopic> {
  const { request, parts, context } = producing;
  const refuseAll = (code: KafkaErrorCode): PreparedTopic => ({
    data,
    partitions: data.partitionData.map(({ index }) => ({ index, refused: refusal(code) })),
  });
  const { acks, transactionalId } = request;
  if (acks !== -1 && acks !== 0 && acks !== 1) return refuseAll('INVALID_REQUIRED_ACKS');
  const isAllowed =
    transactionalId === null || context.access.allows('transactionalId', transactionalId, 'write');
  return whenKnown(isAllowed, (isAllowed): Known<PreparedTopic> => {
    if (!isAllowed) return refuseAll('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    const found = findTopic(data, 'write', { topics: parts.topics, access: context.access });
    return whenKnown(found, (found): Known<PreparedTopic> => {
      if ('code' in found) return refuseAll(found.code);
      const { topic } = found;
      if (acks === -1 && topic.settings.minInSyncReplicas > 1) return refuseAll('NOT_ENOUGH_REPLICAS');
      const partitions = eachInTurn(data.partitionData, (wanted) => prepare(wanted, { topic, producing }));
      return whenKnown(partitions, (partitions) => ({ data, partitions }));
    });
  });
}

function prepare(
  { index, records }: PartitionProduceData,
  { topic, producing }: { topic: Topic; producing: Producing },
): Known<PreparedPartition> {
  const { parts, request } = producing;
  if (!hasPartition(topic, index)) return { index, refused: refusal('UNKNOWN_TOPIC_OR_PARTITION') };
  if (records === null) return { index, refused: refusal('INVALID_RECORD') };
  const isLogAppendTime = topic.settings.timestampType === 'LogAppendTime';
  // What was decoded is one piece.
  const part = { topic: topic.name, partition: index, records: records[0]! };
  const refused = (error: unknown): PreparedPartition => ({ index, refused: refusalOf(error, parts.log) });
  try {
    const opening = parts.topics.partition(topic, index);
    const admitted =
      request.transactionalId === null ? undefined : parts.appends?.admit({ topic, index }, part.records);
    if (!(opening instanceof Promise) && admitted === undefined)
      return { index, topic, part, partition: opening, isLogAppendTime };
    return Promise.all([opening, admitted]).then(
      ([partition]) => ({ index, topic, part, partition, isLogAppendTime }),
      refused,
    );
  } catch (error) {
    return refused(error);
  }
}

/** What the transaction does not let through is refused. */
function ensureTransaction(
  topics: readonly PreparedTopic[],
  { request: { transactionalId }, parts: { guardTransaction }, context: { version } }: Producing,
): Known<readonly PreparedTopic[]> {
  if (transactionalId === null || guardTransaction === undefined) return topics;
  const all = topics.flatMap(({ partitions }) => partitions).filter((each) => 'part' in each);
  const ensured = guardTransaction.ensure(
    { transactionalId, version },
    all.map(({ part }) => part),
  );
  return whenKnown(ensured, (verdicts) => withoutRefused(topics, { all, verdicts }));
}

function withoutRefused(
  topics: readonly PreparedTopic[],
  { all, verdicts }: { all: readonly PreparedPartition[]; verdicts: readonly Verdict[] },
): readonly PreparedTopic[] {
  const codes = new Map<PreparedPartition, Verdict>(all.map((each, index) => [each, verdicts[index]]));
  const guarded = (each: PreparedPartition): PreparedPartition => {
    const code = codes.get(each);
    return code === undefined ? each : { index: each.index, refused: refusal(code) };
  };
  return topics.map(({ data, partitions }) => ({ data, partitions: partitions.map(guarded) }));
}

/** Asks every partition in this turn; the answer comes when they have answered. */
function appended(
  { name, topicId }: TopicProduceData,
  partitions: readonly PreparedPartition[],
  producing: Producing,
): Known<TopicProduceResponse> {
  const answers = partitions.map((each) =>
    'refused' in each ? refusedPartition(each.index, each.refused) : append(each, producing),
  );
  const isById = producing.context.version >= 13;
  return whenKnown(allKnown(answers), (partitionResponses) =>
    isById ? { topicId, partitionResponses } : { name, topicId: zeroUuid, partitionResponses },
  );
}

function append(prepared: Prepared, producing: Producing): Known<PartitionProduceResponse> {
  const { index, topic, part, partition, isLogAppendTime } = prepared;
  const { transactionalId } = producing.request;
  const { guardTransaction, appends, log } = producing.parts;
  const { version, isLast } = producing.context;
  const done = ({ baseOffset, logAppendTimeMs, startOffset }: Appended): PartitionProduceResponse => ({
    index,
    errorCode: kafkaErrors.NONE.code,
    baseOffset,
    logAppendTimeMs: isLogAppendTime ? logAppendTimeMs : -1,
    logStartOffset: startOffset,
  });
  const failed = (error: unknown) => failedPartition(index, { error, log });
  try {
    const code =
      transactionalId === null ? undefined : guardTransaction?.check({ transactionalId, version }, part);
    if (code !== undefined) return refusedPartition(index, refusal(code));
    const append = { records: part.records, transactionalId };
    const place = { topic, index, partition };
    const appended = isLast
      ? (appends?.appendNow(place, append) ?? partition.appendNow(append))
      : (appends?.append(place, append) ?? partition.append(append));
    return appended instanceof Promise ? appended.then(done, failed) : done(appended);
  } catch (error) {
    return failed(error);
  }
}

function failedPartition(
  index: number,
  { error, log }: { error: unknown; log: ProduceParts['log'] },
): PartitionProduceResponse {
  const faults = error instanceof PartitionError ? error.recordFaults : [];
  const recordErrors = faults.map((fault) => ({
    batchIndex: fault.index,
    batchIndexErrorMessage: fault.detail,
  }));
  return { ...refusedPartition(index, refusalOf(error, log)), recordErrors };
}

function refusedPartition(index: number, { errorCode, errorMessage }: Refusal): PartitionProduceResponse {
  return { index, errorCode, errorMessage, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}

function sentBytes({ topicData }: ProduceRequest): number {
  let bytes = 0;
  for (const { partitionData } of topicData)
    for (const { records } of partitionData) bytes += records?.[0]?.length ?? 0;
  return bytes;
}

/** Who wants no answer learns of a failure by the end of its connection. */
function withoutAnswer(responses: readonly TopicProduceResponse[]): undefined {
  const failed = responses
    .flatMap(({ partitionResponses }) => partitionResponses)
    .find(({ errorCode }) => errorCode !== kafkaErrors.NONE.code);
  if (failed !== undefined)
    throw new RefusedRequest(`a produce without answer failed: ${failed.errorMessage ?? failed.errorCode}`);
  return undefined;
}
