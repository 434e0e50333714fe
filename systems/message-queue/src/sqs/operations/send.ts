// SendMessage and SendMessageBatch.

import { messageBytesMax, traceHeaderCharactersMax } from '../../limits.ts';
import type { Sent } from '../../queues/deduplication.ts';
import { newId } from '../../queues/message-id.ts';
import type { QueueDefinition } from '../../queues/queue-definition.ts';
import { QueueError } from '../../queues/queue-error.ts';
import type { NewMessage } from '../../queues/queue-sender.ts';
import { batchEntries, batchOutput } from '../batch.ts';
import type { Input } from '../input.ts';
import {
  attributeBytes,
  attributesDigest,
  messageAttributesOf,
  requireCharacters,
} from '../message-attributes.ts';
import type { Operation, OperationCall, OutputMembers } from '../operation.ts';
import { sequenceNumber } from './sequence-number.ts';

export const sendMessage: Operation = async (input, call) => {
  const found = call.queue(input, 'SendMessage');
  const definition = found instanceof Promise ? await found : found;
  const { message } = newMessage(input, { definition, call });
  const opened = call.queues.queue(definition);
  const queue = opened instanceof Promise ? await opened : opened;
  const body = call.digests.later(message.body);
  const [sent] = await queue.send([message]);
  return outputOf(message, { sent: sent!, digest: call.digests.take(body), definition });
};

/** Those that are valid are in one batch of the log: all of them are sent, or none. */
export const sendMessageBatch: Operation = async (input, call) => {
  const found = call.queue(input, 'SendMessage');
  const definition = found instanceof Promise ? await found : found;
  const entries = batchEntries(input);
  const made = entries.map((entry) => madeOrWhyNot(entry.input, { definition, call }));
  const valid: NewMessage[] = [];
  let bytes = 0;
  for (const each of made)
    if (each.message !== undefined) {
      valid.push(each.message);
      bytes += each.bytes;
    }
  if (bytes > messageBytesMax)
    throw new QueueError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${messageBytesMax} bytes.`,
    );
  const { sent, digests } = await sendAll(valid, { definition, call });
  let next = 0;
  return batchOutput(entries, ({ id }, index) => {
    const { message, error } = made[index]!;
    if (message === undefined) throw error;
    const at = next++;
    return outputOf(message, { entryId: id, sent: sent[at]!, digest: digests[at]!, definition });
  });
};

/** A message, and what of it counts. */
type Made = { readonly message: NewMessage; readonly bytes: number };

function madeOrWhyNot(
  input: Input,
  around: Around,
): (Made & { error?: never }) | { message?: never; error: unknown } {
  try {
    return newMessage(input, around);
  } catch (error) {
    return { error };
  }
}

type Around = { readonly definition: QueueDefinition; readonly call: OperationCall };

async function sendAll(
  messages: readonly NewMessage[],
  { definition, call }: Around,
): Promise<{ readonly sent: readonly Sent[]; readonly digests: readonly string[] }> {
  // A queue that cannot be opened does not fail entries that fail anyway.
  if (messages.length === 0) return { sent: [], digests: [] };
  const opened = call.queues.queue(definition);
  const queue = opened instanceof Promise ? await opened : opened;
  const bodies = messages.map(({ body }) => call.digests.later(body));
  const sent = await queue.send(messages);
  return { sent, digests: bodies.map((body) => call.digests.take(body)) };
}

type Outcome = {
  /** Of an entry of a batch. */
  readonly entryId?: string;
  readonly sent: Sent;
  /** Of the body. */
  readonly digest: string;
  readonly definition: QueueDefinition;
};

/** Made at once: what is spread into another costs three times as much. */
function outputOf(
  { attributes, traceHeader }: NewMessage,
  { entryId, sent, digest, definition }: Outcome,
): OutputMembers {
  return {
    Id: entryId,
    MD5OfMessageBody: digest,
    MD5OfMessageAttributes: attributesDigest(attributes),
    MD5OfMessageSystemAttributes:
      traceHeader === undefined ? undefined : attributesDigest(systemAttributes(traceHeader)),
    MessageId: sent.id,
    SequenceNumber: definition.settings.isFifo ? sequenceNumber(sent.offset) : undefined,
  };
}

function newMessage(input: Input, { definition, call }: Around): Made {
  const { settings } = definition;
  const body = input.required('MessageBody');
  if (!call.hasPlainTexts) requireCharacters(body);
  const attributes = messageAttributesOf(input, 'MessageAttributes');
  const { group, deduplicationId } = groupOf(input, settings);
  const message: NewMessage = {
    id: newId(call.world.random),
    body,
    attributes,
    group,
    deduplicationId,
    sender: call.principal.name,
    dueMs: dueMs(input, { definition, call }),
    traceHeader: traceHeaderOf(input),
  };
  const bytes = Buffer.byteLength(body) + attributeBytes(attributes);
  if (bytes > settings.messageBytesMax)
    throw new QueueError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${settings.messageBytesMax} bytes.`,
    );
  return { message, bytes };
}

/** The one attribute that a sender may set of those that are SQS's own. It does not count as the message's. */
function traceHeaderOf(input: Input): string | undefined {
  if (!input.has('MessageSystemAttributes')) return undefined;
  const { AWSTraceHeader, ...others } = messageAttributesOf(input, 'MessageSystemAttributes');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new QueueError('InvalidParameterValue', `Message system attribute name '${unknown}' is invalid.`);
  if (AWSTraceHeader === undefined) return undefined;
  const { type, value } = AWSTraceHeader;
  if (type === 'String' && typeof value === 'string' && value.length <= traceHeaderCharactersMax)
    return value;
  throw new QueueError(
    'InvalidParameterValue',
    `Message system attribute 'AWSTraceHeader' is a String of at most ${traceHeaderCharactersMax} characters.`,
  );
}

function groupOf(
  input: Input,
  { isFifo, isDeduplicatedByContent }: QueueDefinition['settings'],
): Pick<NewMessage, 'group' | 'deduplicationId'> {
  const group = idOf(input, 'MessageGroupId');
  const deduplicationId = idOf(input, 'MessageDeduplicationId');
  if (isFifo) {
    input.required('MessageGroupId');
    if (deduplicationId === undefined && !isDeduplicatedByContent)
      throw new QueueError(
        'InvalidParameterValue',
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      );
  } else if (deduplicationId !== undefined) throw notForType('MessageDeduplicationId', deduplicationId);
  return { group, deduplicationId };
}

/** Of a group, for deduplication, of an attempt to receive. */
export function idOf(input: Input, name: string): string | undefined {
  const value = input.text(name);
  if (value === undefined || /^[!-~]{1,128}$/.test(value)) return value;
  throw new QueueError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function dueMs(input: Input, { definition: { settings }, call }: Around): number | undefined {
  const seconds = input.integer('DelaySeconds', { min: 0, max: 900 });
  if (settings.isFifo && seconds !== undefined && seconds > 0)
    throw notForType('DelaySeconds', String(seconds));
  const delayMs = seconds === undefined || settings.isFifo ? settings.delayMs : seconds * 1_000;
  return delayMs === 0 ? undefined : call.world.clock.nowMs() + delayMs;
}

function notForType(name: string, value: string): QueueError {
  return new QueueError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: The request include parameter that is not valid for this queue type.`,
  );
}

function systemAttributes(traceHeader: string): NewMessage['attributes'] {
  return { AWSTraceHeader: { type: 'String', value: traceHeader } };
}
