// The headers by which producers ask for delays and are told of them. Values are text.

import type { MessageHeader } from '../batch/records.ts';

export const delayHeaders = {
  /** Milliseconds since the epoch: a producer's wish. */
  deliverAt: 'cairn-deliver-at',
  /** How often a record of a retry topic was delivered; absent is 0. */
  attempts: 'cairn-attempts',
  /** The producer's timestamp of a record that was delivered later. */
  producedAt: 'cairn-produced-at',
  /** Where a dead letter comes from. */
  deadLetterTopic: 'cairn-dead-letter-topic',
  deadLetterPartition: 'cairn-dead-letter-partition',
} as const;

/** The last one of that name, as clients read them. */
export function headerText(headers: readonly MessageHeader[], name: string): string | undefined {
  const value = headers.findLast(({ key }) => key === name)?.value;
  return value === undefined ? undefined : Buffer.from(value ?? []).toString('latin1');
}

/** The same headers, each of these once and at the end. */
export function withHeaders(
  headers: readonly MessageHeader[],
  added: Readonly<Record<string, string>>,
): readonly MessageHeader[] {
  const others = headers.filter(({ key }) => !Object.hasOwn(added, key));
  return [...others, ...Object.entries(added).map(([key, value]) => ({ key, value: Buffer.from(value) }))];
}
