// What the management routes of the message queue are served with, and the names that identity is asked about: those of
// Amazon MSK for topics and groups, of SQS for queues, so that a user may here what the same policies let them there.
// Policies of resources (ACLs, queue policies) are not asked: they are for clients of those protocols.

import type { World } from '@cairn/world';
import type { MessageQueue } from '../broker/open-message-queue.ts';
import { arnOf } from '../kafka/security/operations.ts';
import { queueArn } from '../queues/queue-names.ts';

export type ApiParts = {
  readonly queue: MessageQueue;
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly directory: string;
};

export type Arns = {
  /** `*` for all there are. */
  topic(name: string): string;
  group(name: string): string;
  queue(name: string): string;
};

export function arnsOf({ queue: { clusterId }, region, account }: ApiParts): Arns {
  const place = { region, account, clusterId };
  return {
    topic: (name) => arnOf('topic', name, place),
    group: (name) => arnOf('group', name, place),
    queue: (name) => queueArn(name, place),
  };
}
