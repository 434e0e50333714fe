// Messages of queues in JSON. Bodies are text; attributes that are binary are base64.

import { z } from 'zod';
import type { ReceivedMessage } from '../../queues/queue.ts';
import type { Attributes } from '../../queues/stored-message.ts';

export const attributeValue = z.strictObject({
  /** `String`, `Number` or `Binary`, perhaps with a label behind a dot. */
  type: z.string().regex(/^(String|Number|Binary)(\..{1,248})?$/),
  value: z.string(),
});

export const messageItem = z.strictObject({
  id: z.string(),
  handle: z.string(),
  body: z.string(),
  attributes: z.record(z.string(), attributeValue),
  group: z.string().optional(),
  deduplicationId: z.string().optional(),
  sender: z.string(),
  sentMs: z.number(),
  receiveCount: z.int(),
  firstReceivedMs: z.number(),
  deadLetterSource: z.string().optional(),
});
export type MessageItem = z.output<typeof messageItem>;

export function messageItemOf({
  message,
  handle,
  receiveCount,
  firstReceivedMs,
}: ReceivedMessage): MessageItem {
  const { id, body, attributes, group, deduplicationId, sender, sentMs, deadLetterSource } = message;
  const shown = Object.entries(attributes).map(([name, { type, value }]) => {
    const text = typeof value === 'string' ? value : Buffer.from(value).toString('base64');
    return [name, { type, value: text }] as const;
  });
  return {
    ...{ id, handle, body, sender, sentMs, receiveCount, firstReceivedMs },
    attributes: Object.fromEntries(shown),
    ...(group !== undefined && { group }),
    ...(deduplicationId !== undefined && { deduplicationId }),
    ...(deadLetterSource !== undefined && { deadLetterSource }),
  };
}

export function storedAttributes(given: MessageItem['attributes']): Attributes {
  const entries = Object.entries(given).map(([name, { type, value }]) => {
    const stored = type.startsWith('Binary') ? Buffer.from(value, 'base64') : value;
    return [name, { type, value: stored }] as const;
  });
  return Object.fromEntries(entries);
}
