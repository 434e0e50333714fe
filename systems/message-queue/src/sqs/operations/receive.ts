// ReceiveMessage.

import { batchEntriesMax } from '../../limits.ts';
import type { ReceivedMessage } from '../../queues/queue.ts';
import { QueueError } from '../../queues/queue-error.ts';
import type { Input } from '../input.ts';
import { attributesDigest, attributesOutput, chosenAttributes } from '../message-attributes.ts';
import type { Operation, OutputMembers } from '../operation.ts';
import { idOf } from './send.ts';
import { sequenceNumber } from './sequence-number.ts';

type Around = { readonly isFifo: boolean };

const systemAttributes = {
  SenderId: ({ message }) => message.sender,
  SentTimestamp: ({ message }) => String(message.sentMs),
  ApproximateReceiveCount: ({ receiveCount }) => String(receiveCount),
  ApproximateFirstReceiveTimestamp: ({ firstReceivedMs }) => String(firstReceivedMs),
  SequenceNumber: ({ message }, { isFifo }) => (isFifo ? sequenceNumber(message.offset) : undefined),
  MessageDeduplicationId: ({ message }) => message.deduplicationId,
  MessageGroupId: ({ message }) => message.group,
  AWSTraceHeader: ({ message }) => message.traceHeader,
  DeadLetterQueueSourceArn: ({ message }) => message.deadLetterSource,
} as const satisfies Record<string, (received: ReceivedMessage, around: Around) => string | undefined>;

type SystemAttribute = keyof typeof systemAttributes;

export const receiveMessage: Operation = async (input, call) => {
  const definition = await call.queue(input, 'ReceiveMessage');
  const names = systemAttributeNames(input);
  const wanted = input.texts('MessageAttributeNames');
  const queue = await call.queues.queue(definition);
  const received = await queue.receive({
    max: input.integer('MaxNumberOfMessages', { min: 1, max: batchEntriesMax }) ?? 1,
    visibilityMs: milliseconds(input.integer('VisibilityTimeout', { min: 0, max: 43_200 })),
    waitMs: milliseconds(input.integer('WaitTimeSeconds', { min: 0, max: 20 })),
    attemptId: definition.settings.isFifo ? idOf(input, 'ReceiveRequestAttemptId') : undefined,
    signal: call.leaving(),
  });
  if (received.length === 0) return {};
  const digests = call.digests.ofEach(received.map(({ message }) => message.body));
  const { isFifo } = definition.settings;
  return {
    Messages: received.map((one, index) =>
      messageOutput(one, { names, wanted, isFifo, digest: digests[index]! }),
    ),
  };
};

type Asked = Around & { readonly names: readonly SystemAttribute[]; readonly wanted: readonly string[] };

function messageOutput(
  received: ReceivedMessage,
  { names, wanted, isFifo, digest }: Asked & { readonly digest: string },
): OutputMembers {
  const { message, handle: ReceiptHandle } = received;
  const chosen = chosenAttributes(message.attributes, wanted);
  const values = names.flatMap((name) => {
    const value = systemAttributes[name](received, { isFifo });
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...{ MessageId: message.id, ReceiptHandle, MD5OfBody: digest, Body: message.body },
    Attributes: values.length === 0 ? undefined : Object.fromEntries(values),
    MD5OfMessageAttributes: attributesDigest(chosen),
    MessageAttributes: attributesOutput(chosen),
  };
}

/** Under its old name, too. */
function systemAttributeNames(input: Input): readonly SystemAttribute[] {
  const known = Object.keys(systemAttributes) as SystemAttribute[];
  const names = [...input.texts('AttributeNames'), ...input.texts('MessageSystemAttributeNames')];
  if (names.includes('All')) return known;
  for (const name of names)
    if (!known.includes(name as SystemAttribute))
      throw new QueueError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  return [...new Set(names)] as SystemAttribute[];
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}
