// What a failure is to a client: Kafka's code and a message. What is no refusal of ours is logged, and the client learns
// no more than that.

import { SegmentLogError } from '@cairn/segment-log';
import type { Telemetry } from '@cairn/telemetry';
import { DiskError } from '@cairn/world';
import { TopicsError } from '../../broker/topics/topics-error.ts';
import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import { GroupConfigError } from '../../groups/configs/group-configs.ts';
import { PartitionError } from '../../partition/partition.ts';

export type Refusal = { readonly errorCode: number; readonly errorMessage: string | null };

export const noError: Refusal = { errorCode: kafkaErrors.NONE.code, errorMessage: null };

export function refusal(code: KafkaErrorCode, detail?: string): Refusal {
  return { errorCode: kafkaErrors[code].code, errorMessage: detail ?? kafkaErrors[code].message };
}

export function refusalOf(error: unknown, log: Telemetry['log']): Refusal {
  if (error instanceof TopicsError || error instanceof PartitionError || error instanceof GroupConfigError)
    return refusal(error.code, error.message);
  log.error('kafka request failed', { error });
  // A client tries again after this one, and the disk may have room then.
  if (error instanceof DiskError || error instanceof SegmentLogError) return refusal('KAFKA_STORAGE_ERROR');
  return refusal('UNKNOWN_SERVER_ERROR');
}
