// Errors of the broker as the management API tells them, and what is not found by its name, with the nearest one.

import { ApiError, type ApiErrorCode, nearestName } from '@cairn/service';
import { InvalidRecordsError } from '../batch/records.ts';
import type { Topic } from '../broker/topics/topic.ts';
import type { Topics } from '../broker/topics/topics.ts';
import { TopicsError } from '../broker/topics/topics-error.ts';
import { type KafkaErrorCode, kafkaErrors } from '../errors.ts';
import { PartitionError } from '../partition/partition.ts';
import type { QueueDefinition } from '../queues/queue-definition.ts';
import { QueueError, queueErrors } from '../queues/queue-error.ts';
import type { Queues } from '../queues/queues.ts';

export async function explained<T>(operation: Promise<T> | (() => Promise<T> | T)): Promise<T> {
  try {
    return await (typeof operation === 'function' ? operation() : operation);
  } catch (error) {
    throw explanationOf(error);
  }
}

/** The same error when it is none that the broker expects. */
export function explanationOf(error: unknown): unknown {
  const code = codeOf(error);
  return code === undefined ? error : new ApiError(code, (error as Error).message, { cause: error });
}

function codeOf(error: unknown): ApiErrorCode | undefined {
  if (error instanceof TopicsError || error instanceof PartitionError)
    return apiCodes[error.code] ?? 'invalid-request';
  if (error instanceof InvalidRecordsError) return 'invalid-request';
  if (!(error instanceof QueueError)) return undefined;
  if (error.code === 'QueueDoesNotExist' || error.code === 'ResourceNotFoundException') return 'not-found';
  if (error.code === 'QueueNameExists') return 'already-exists';
  if (error.code === 'OverLimit') return 'conflict';
  if (error.code === 'UnsupportedOperation') return 'conflict';
  if (queueErrors[error.code].status === 503) return 'unavailable';
  return queueErrors[error.code].status < 500 ? 'invalid-request' : 'internal';
}

/** What is not here is the caller's to change. */
const apiCodes: Partial<Record<KafkaErrorCode, ApiErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'not-found',
  UNKNOWN_TOPIC_ID: 'not-found',
  GROUP_ID_NOT_FOUND: 'not-found',
  TOPIC_ALREADY_EXISTS: 'already-exists',
  NON_EMPTY_GROUP: 'conflict',
  UNKNOWN_MEMBER_ID: 'conflict',
  GROUP_SUBSCRIBED_TO_TOPIC: 'conflict',
  MESSAGE_TOO_LARGE: 'too-large',
  NOT_ENOUGH_REPLICAS: 'unavailable',
  COORDINATOR_NOT_AVAILABLE: 'unavailable',
  KAFKA_STORAGE_ERROR: 'unavailable',
  CORRUPT_MESSAGE: 'internal',
  UNKNOWN_SERVER_ERROR: 'internal',
};

/** Throws ApiError unless the number that an answer of Kafka's has says that all is well. */
export function requireNoError(errorCode: number | undefined, attempted: string): void {
  if (errorCode === undefined || errorCode === 0) return;
  const [name, { message }] = Object.entries(kafkaErrors).find(([, { code }]) => code === errorCode) ?? [
    'UNKNOWN_SERVER_ERROR',
    kafkaErrors.UNKNOWN_SERVER_ERROR,
  ];
  const code = apiCodes[name as KafkaErrorCode] ?? 'invalid-request';
  throw new ApiError(code, `could not ${attempted}: ${message}`);
}

export function topicNamed(topics: Topics, name: string): Topic {
  const topic = topics.find(name);
  if (topic !== undefined) return topic;
  throw notFound(
    'topic',
    name,
    topics.all().map((other) => other.name),
  );
}

export function queueNamed(queues: Queues, name: string): QueueDefinition {
  const queue = queues.known(name);
  if (queue !== undefined) return queue;
  if (queues.damaged().includes(name)) return queues.find(name);
  throw notFound(
    'queue',
    name,
    queues.list({}).items.map((other) => other.name),
  );
}

export function notFound(what: string, name: string, known: Iterable<string>): ApiError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `: did you mean '${nearest}'?`;
  return new ApiError('not-found', `there is no ${what} '${name}'${hint}`);
}
