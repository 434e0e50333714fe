// What a member of a classic group says it consumes, and what it is given: its metadata and its assignment in the protocol type
// `consumer`. The broker needs both to keep offsets that are in use, to filter, and to assign partitions itself while members of
// both protocols are in a group; what it cannot read it takes for unknown.

import {
  type ConsumerProtocolAssignment,
  decodeConsumerProtocolAssignment,
} from '../../kafka/messages/consumer-protocol-assignment.ts';
import {
  type ConsumerProtocolSubscription,
  decodeConsumerProtocolSubscription,
} from '../../kafka/messages/consumer-protocol-subscription.ts';
import { MalformedMessageError } from '../../kafka/wire/malformed-message.ts';
import { Reader } from '../../kafka/wire/reader.ts';
import { noBytes } from '../../kafka/wire/values.ts';
import type { Protocol } from './classic-member.ts';

/** The newest that we know. */
const versionMax = 3;

export type Subscription = ConsumerProtocolSubscription & { readonly version: number };

/** Newer versions only append fields, and @platformatic/kafka names one whose fields it does not write. */
export function subscriptionOf(metadata: Uint8Array): Subscription | undefined {
  const version = attempt(() => Math.min(new Reader(metadata).int16(), versionMax));
  if (version === undefined || version < 0) return undefined;
  const read = (as: number) => attempt(() => decodeConsumerProtocolSubscription(new Reader(metadata, 2), as));
  const subscription = read(version) ?? read(0);
  return subscription && { ...subscription, version };
}

/** None of a member that has no assignment yet. */
export function assignedPartitions(
  assignment: Uint8Array,
): ConsumerProtocolAssignment['assignedPartitions'] | undefined {
  if (assignment.length === 0) return [];
  return attempt(() => {
    const reader = new Reader(assignment);
    return decodeConsumerProtocolAssignment(reader, Math.max(reader.int16(), 0)).assignedPartitions;
  });
}

export function subscribedTopics(metadata: Uint8Array): readonly string[] | undefined {
  return subscriptionOf(metadata)?.topics;
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
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
