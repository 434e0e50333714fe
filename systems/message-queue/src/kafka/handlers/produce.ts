// Produce: batches go to their partitions as they came. Partitions decide in the order in which requests of a connection
// came, so the next request may begin as soon as every partition was asked.

import type { TopicAppends } from '../../broker/topic-appends.ts';
import type { OpenPartition, Topic } from '../../broker/topics/topic.ts';
import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import { PartitionError } from '../../partition/partition.ts';
import type { ProduceRequest, TopicProduceData } from '../messages/produce-request.ts';
import type {
  PartitionProduceResponse,
  ProduceResponse,
  TopicProduceResponse,
} from '../messages/produce-response.ts';
import { RefusedRequest } from '../server/refused-request.ts';
import { type Records, zeroUuid } from '../wire/values.ts';
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
  readonly appends?: Pick<TopicAppends, 'append' | 'admit'> | undefined;
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

export function produceHandler(parts: ProduceParts): Handler<'produce'> {
  return async (request, context) => {
    // Batches are views of the frame; nobody keeps them once they are appended.
    context.releasesFrame();
    const prepared: PreparedTopic[] = [];
    for (const data of request.topicData)
      prepared.push(await prepareTopic(data, { request, parts, context }));
    const producing = { request, parts, context };
    const guarded = await ensureTransaction(prepared, producing);
    const answers = guarded.map(({ data, partitions }) => appended(data, partitions, producing));
    context.begun();
    const responses = await Promise.all(answers);
    const throttleTimeMs = parts.throttle(context, sentBytes(request));
    if (throttleTimeMs > 0) context.mute(throttleTimeMs);
    if (request.acks !== 0) return { responses, throttleTimeMs } satisfies ProduceResponse;
    return withoutAnswer(responses);
  };
}

type Producing = {
  readonly request: ProduceRequest;
  readonly parts: ProduceParts;
  readonly context: HandlerContext;
};

async function prepareTopic(data: TopicProduceData, producing: Producing): Promise<PreparedTopic> {
  const { request, parts, context } = producing;
  const refuseAll = (refused: Refusal): PreparedTopic => ({
    data,
    partitions: data.partitionData.map(({ index }) => ({ index, refused })),
  });
  if (![-1, 0, 1].includes(request.acks)) return refuseAll(refusal('INVALID_REQUIRED_ACKS'));
  const { transactionalId } = request;
  if (transactionalId !== null && !(await context.access.allows('transactionalId', transactionalId, 'write')))
    return refuseAll(refusal('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'));
  const found = await findTopic(data, 'write', { topics: parts.topics, access: context.access });
  if ('code' in found) return refuseAll(refusal(found.code));
  const { topic } = found;
  if (request.acks === -1 && topic.settings.minInSyncReplicas > 1)
    return refuseAll(refusal('NOT_ENOUGH_REPLICAS'));
  const partitions: PreparedPartition[] = [];
  for (const { index, records } of data.partitionData) {
    const isThere = hasPartition(topic, index);
    if (isThere && records !== null) {
      const opening = () => parts.topics.partition(topic, index);
      partitions.push(await prepare({ index, records, topic, opening, parts, transactionalId }));
      continue;
    }
    const refused = refusal(isThere ? 'INVALID_RECORD' : 'UNKNOWN_TOPIC_OR_PARTITION');
    partitions.push({ index, refused });
  }
  return { data, partitions };
}

async function prepare(wanted: {
  readonly index: number;
  readonly records: Records;
  readonly topic: Topic;
  readonly transactionalId: string | null;
  readonly opening: () => OpenPartition | Promise<OpenPartition>;
  readonly parts: ProduceParts;
}): Promise<PreparedPartition> {
  const { index, topic, parts, transactionalId } = wanted;
  // What was decoded is one piece.
  const records = wanted.records[0]!;
  try {
    const opening = wanted.opening();
    const partition = opening instanceof Promise ? await opening : opening;
    if (transactionalId !== null) await parts.appends?.admit({ topic, index }, records);
    const isLogAppendTime = topic.settings.timestampType === 'LogAppendTime';
    const part = { topic: topic.name, partition: index, records };
    return { index, topic, part, partition, isLogAppendTime };
  } catch (error) {
    return { index, refused: refusalOf(error, parts.log) };
  }
}

/** What the transaction does not let through is refused. */
async function ensureTransaction(
  topics: readonly PreparedTopic[],
  { request: { transactionalId }, parts: { guardTransaction }, context: { version } }: Producing,
): Promise<readonly PreparedTopic[]> {
  if (transactionalId === null || guardTransaction === undefined) return topics;
  const all = topics.flatMap(({ partitions }) => partitions).filter((each) => 'part' in each);
  const request = { transactionalId, version };
  const verdicts = await guardTransaction.ensure(
    request,
    all.map(({ part }) => part),
  );
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
): Promise<TopicProduceResponse> {
  const answers = partitions.map((each) =>
    'refused' in each ? refusedPartition(each.index, each.refused) : append(each, producing),
  );
  const isById = producing.context.version >= 13;
  return Promise.all(answers).then((partitionResponses) =>
    isById ? { topicId, partitionResponses } : { name, topicId: zeroUuid, partitionResponses },
  );
}

async function append(
  { index, topic, part, partition, isLogAppendTime }: Prepared,
  {
    request: { transactionalId },
    parts: { guardTransaction, appends, log },
    context: { version },
  }: Producing,
): Promise<PartitionProduceResponse> {
  try {
    const code =
      transactionalId === null ? undefined : guardTransaction?.check({ transactionalId, version }, part);
    if (code !== undefined) return refusedPartition(index, refusal(code));
    const append = { records: part.records, transactionalId };
    const appended = await (appends?.append({ topic, index, partition }, append) ?? partition.append(append));
    const { baseOffset, logAppendTimeMs, startOffset } = appended;
    return {
      index,
      errorCode: kafkaErrors.NONE.code,
      baseOffset,
      logAppendTimeMs: isLogAppendTime ? logAppendTimeMs : -1,
      logStartOffset: startOffset,
    };
  } catch (error) {
    const faults = error instanceof PartitionError ? error.recordFaults : [];
    const recordErrors = faults.map((fault) => ({
      batchIndex: fault.index,
      batchIndexErrorMessage: fault.detail,
    }));
    return { ...refusedPartition(index, refusalOf(error, log)), recordErrors };
  }
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
