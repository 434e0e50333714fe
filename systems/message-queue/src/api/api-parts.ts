// What the management routes of the message queue are served with, and the names that identity is asked about: those of
// Amazon MSK for topics and groups, of SQS for queues, so that a user may here what the same policies let them there.
// Policies of resources (ACLs, queue policies) are not asked: they are for clients of those protocols.

import { type ApiCaller, ApiError, type ConditionKeys, type Principal } from '@cairn/service';
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
  /** Of what a route touches besides its own resource. */
  readonly authorize: (
    principal: Principal,
    asked: Asked & { readonly context: ConditionKeys },
  ) => Promise<boolean>;
};
type Asked = { readonly action: string; readonly resource: string };

export type Arns = {
  /** `*` for all there are. */
  topic(name: string): string;
  group(name: string): string;
  queue(name: string): string;
};

/** Throws ApiError forbidden. */
export async function requireAllowed(
  { authorize }: Pick<ApiParts, 'authorize'>,
  { principal, conditions }: ApiCaller,
  asked: Asked,
): Promise<void> {
  if (await authorize(principal, { ...asked, context: conditions })) return;
  throw new ApiError('forbidden', `${principal.arn} may not ${asked.action} on ${asked.resource}`);
}

export function arnsOf({ queue: { clusterId }, region, account }: ApiParts): Arns {
  const place = { region, account, clusterId };
  return {
    topic: (name) => arnOf('topic', name, place),
    group: (name) => arnOf('group', name, place),
    queue: (name) => queueArn(name, place),
  };
}
