// Names of queues, and their ARNs.

import { QueueError } from './queue-error.ts';

/** Throws QueueError InvalidParameterValue. */
export function checkQueueName(name: string, { isFifo }: { isFifo: boolean }): void {
  const isNamed = /^[\w-]{1,80}$/.test(name) || (/^[\w-]{1,75}\.fifo$/.test(name) && isFifo);
  if (!isNamed)
    throw new QueueError(
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  if (isFifo && !name.endsWith('.fifo'))
    throw new QueueError(
      'InvalidParameterValue',
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
}

export function queueArn(name: string, { region, account }: { region: string; account: string }): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

/** Undefined for an ARN of something else. */
export function nameInArn(arn: string): string | undefined {
  return /^arn:aws:sqs:[^:]*:[^:]*:([^:]+)$/.exec(arn)?.[1];
}
