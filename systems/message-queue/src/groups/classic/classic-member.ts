// A member of a classic group. What it waits for is parked here: at most one join or one sync at a time.

import type { JoinGroupRequest } from '../../kafka/messages/join-group-request.ts';
import type { JoinGroupResponse } from '../../kafka/messages/join-group-response.ts';
import type { SyncGroupResponse } from '../../kafka/messages/sync-group-response.ts';
import { noBytes } from '../../kafka/wire/values.ts';
import type { GroupContext, Reply } from '../group-context.ts';

export type Protocol = { readonly name: string; readonly metadata: Uint8Array };

export type ClassicMember = {
  memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** In the order of its preference. */
  protocols: readonly Protocol[];
  assignment: Uint8Array;
  join: ParkedJoin | undefined;
  sync: Reply<SyncGroupResponse> | undefined;
  /** Its client never had an answer: it sends no heartbeats. */
  isNew: boolean;
  /** By when it must be heard of; it does not count while its client waits for an answer, unless it is new. */
  sessionDeadlineMs: number;
};

export type ParkedJoin = { readonly version: number; readonly reply: Reply<JoinGroupResponse> };

export type Join = {
  readonly request: JoinGroupRequest;
  readonly context: GroupContext;
  readonly nowMs: number;
  readonly reply: Reply<JoinGroupResponse>;
};

export function newClassicMember(
  memberId: string,
  { request, context, reply }: Join,
  sessionDeadlineMs: number,
): ClassicMember {
  return {
    memberId,
    instanceId: request.groupInstanceId,
    clientId: context.clientId,
    clientHost: context.clientHost,
    ...timeoutsOf(request),
    protocols: kept(request.protocols),
    assignment: noBytes,
    join: { version: context.version, reply },
    sync: undefined,
    isNew: true,
    sessionDeadlineMs,
  };
}

export function isSilent(member: ClassicMember, nowMs: number): boolean {
  const waits = member.join !== undefined || member.sync !== undefined;
  return (member.isNew || !waits) && member.sessionDeadlineMs <= nowMs;
}

export function isSame(a: readonly Protocol[], b: readonly Protocol[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ name, metadata }, index) =>
        name === b[index]!.name && Buffer.compare(metadata, b[index]!.metadata) === 0,
    )
  );
}

/** Requests are views of what was received. */
export function kept(protocols: readonly Protocol[]): readonly Protocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Uint8Array.from(metadata) }));
}

/** In memory, besides its name and metadata, which may be empty. */
const protocolBytes = 200;

export function bytesOf(protocols: readonly Protocol[]): number {
  return protocols.reduce(
    (sum, { name, metadata }) => sum + protocolBytes + name.length + metadata.length,
    0,
  );
}

export function timeoutsOf({ sessionTimeoutMs, rebalanceTimeoutMs }: JoinGroupRequest) {
  // Version 0 has one timeout for both.
  const isGiven = rebalanceTimeoutMs >= 0;
  return { sessionTimeoutMs, rebalanceTimeoutMs: isGiven ? rebalanceTimeoutMs : sessionTimeoutMs };
}
