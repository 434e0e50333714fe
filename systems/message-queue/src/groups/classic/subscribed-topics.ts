// The topics that a member of a classic group says it consumes: its metadata in the protocol type `consumer`. The broker
// needs them only to keep offsets that are in use; what it cannot read it takes for unknown.

import { decodeConsumerProtocolSubscription } from '../../kafka/messages/consumer-protocol-subscription.ts';
import { MalformedMessageError } from '../../kafka/wire/malformed-message.ts';
import { Reader } from '../../kafka/wire/reader.ts';
import { noBytes } from '../../kafka/wire/values.ts';
import type { Protocol } from './classic-member.ts';

export function subscribedTopics(metadata: Uint8Array): readonly string[] | undefined {
  try {
    const reader = new Reader(metadata);
    const version = reader.int16();
    if (version < 0) return undefined;
    // Newer versions only append fields, and @platformatic/kafka names one whose fields it does not write.
    return decodeConsumerProtocolSubscription(reader, 0).topics;
  } catch (error) {
    if (error instanceof MalformedMessageError) return undefined;
    throw error;
  }
}

/** As one text: the topics that it subscribes to, or all that it says when that cannot be read. */
export function topicsOf(protocols: readonly Protocol[], protocolName: string | null): string {
  const metadata = protocols.find(({ name }) => name === protocolName)?.metadata ?? noBytes;
  const topics = subscribedTopics(metadata);
  return topics === undefined ? Buffer.from(metadata).toString('base64') : JSON.stringify([...topics].sort());
}

/** Undefined when it is not known of some of them. */
export function topicsOfAll(
  members: Iterable<{ readonly protocols: readonly Protocol[] }>,
  protocolName: string | null,
): ReadonlySet<string> | undefined {
  const topics = new Set<string>();
  for (const { protocols } of members) {
    const protocol = protocols.find(({ name }) => name === protocolName) ?? protocols[0]!;
    const names = subscribedTopics(protocol.metadata);
    if (names === undefined) return undefined;
    for (const name of names) topics.add(name);
  }
  return topics;
}
