// What went wrong, as an error of SQS: what a disk, a log or a database says becomes one that clients try
// again after; a body that broke off is the client's own.

import { SqlError } from '@cairn/engines';
import { HttpProblem } from '@cairn/service';
import { DiskError } from '@cairn/world';
import { PartitionError } from '../partition/partition.ts';
import { QueueError } from '../queues/queue-error.ts';

export function asQueueError(error: unknown): QueueError {
  if (error instanceof QueueError) return error;
  if (error instanceof HttpProblem)
    return new QueueError('SerializationException', error.message, { cause: error });
  const isPassing =
    error instanceof SqlError || error instanceof DiskError || error instanceof PartitionError;
  return isPassing
    ? new QueueError('ServiceUnavailable', 'The service cannot keep what it was asked to: try again.', {
        cause: error,
      })
    : new QueueError('InternalError', 'The request failed because of an internal error.', { cause: error });
}
