// What a failure of the broker is to who uses it as a library: an error of the log port.

import { LogError, type LogErrorCode } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import { TopicsError } from '../broker/topics/topics-error.ts';
import type { KafkaErrorCode } from '../errors.ts';
import { PartitionError } from '../partition/partition.ts';

export function libraryError(error: unknown, attempted: string): LogError {
  if (error instanceof LogError) return error;
  if (error instanceof TopicsError || error instanceof PartitionError)
    return new LogError(logCodeOf(error.code), { attempted, detail: error.message, cause: error });
  if (error instanceof DiskError || error instanceof SegmentLogError)
    return new LogError('full', { attempted, cause: error });
  return new LogError('failed', { attempted, cause: error });
}

export function logCodeOf(code: KafkaErrorCode): LogErrorCode {
  switch (code) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'UNKNOWN_TOPIC_ID':
      return 'unknown-topic';
    case 'INVALID_TOPIC_EXCEPTION':
      return 'invalid-topic';
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
      return 'too-large';
    case 'INVALID_RECORD':
    case 'INVALID_TIMESTAMP':
      return 'invalid-record';
    case 'INVALID_GROUP_ID':
      return 'invalid-group';
    case 'INCONSISTENT_GROUP_PROTOCOL':
      return 'incompatible-group';
    case 'KAFKA_STORAGE_ERROR':
      return 'full';
    case 'NOT_ENOUGH_REPLICAS':
    case 'COORDINATOR_NOT_AVAILABLE':
      return 'unavailable';
    default:
      return 'failed';
  }
}
