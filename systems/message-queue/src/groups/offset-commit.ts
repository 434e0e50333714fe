// OffsetCommit and TxnOffsetCommit: who commits is checked by its group, then all of one request is stored in one
// transaction. Who is in no group commits to one that has no members, and makes it.

import type { KafkaErrorCode } from '../errors.ts';
import type { OffsetCommitRequest } from '../kafka/messages/offset-commit-request.ts';
import type { OffsetCommitResponse } from '../kafka/messages/offset-commit-response.ts';
import type { TxnOffsetCommitRequest } from '../kafka/messages/txn-offset-commit-request.ts';
import type { TxnOffsetCommitResponse } from '../kafka/messages/txn-offset-commit-response.ts';
import type { Committer, GroupContext } from './group-context.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupParts } from './group-parts.ts';
import { isTooLong } from './group-settings.ts';
import { type CommitPlan, type CommitTopic, planCommit } from './offset-answers.ts';

export async function commitOffsets(
  parts: GroupParts,
  request: OffsetCommitRequest,
  { version }: GroupContext,
): Promise<OffsetCommitResponse> {
  const committer: Committer = {
    generation: request.generationIdOrMemberEpoch,
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    isTransactional: false,
    version,
  };
  const store = (host: GroupHost, { offsets }: CommitPlan) => host.commit(offsets);
  return { topics: await commit(parts, { ...request, committer, store }) };
}

export async function commitTransactionalOffsets(
  parts: GroupParts,
  request: TxnOffsetCommitRequest,
  { version }: GroupContext,
): Promise<TxnOffsetCommitResponse> {
  const { generationId: generation, memberId, groupInstanceId: instanceId, producerId } = request;
  const committer = { generation, memberId, instanceId, isTransactional: true, version };
  const store = (host: GroupHost, { offsets }: CommitPlan) =>
    host.commitPending(offsets.map((offset) => ({ ...offset, producerId })));
  return { throttleTimeMs: 0, topics: await commit(parts, { ...request, committer, store }) };
}

type Commit = {
  readonly groupId: string;
  readonly topics: readonly CommitTopic[];
  readonly committer: Committer;
  readonly store: (host: GroupHost, plan: CommitPlan) => void;
};

function commit(
  { hosts, topics, settings }: GroupParts,
  { groupId, topics: wanted, committer, store }: Commit,
): Promise<ReturnType<CommitPlan['answer']>> {
  const at = hosts.now();
  const plan = planCommit(wanted, { topics, settings, wallMs: at.wallMs });
  if (groupId.includes('\0') || isTooLong(groupId)) return Promise.resolve(plan.answer('INVALID_GROUP_ID'));
  // All of it is refused already: no group is made for it.
  if (plan.offsets.length === 0) return Promise.resolve(plan.answer('NONE'));
  const known = hosts.find(groupId);
  const host = known ?? (committer.generation < 0 ? hosts.findOrMake(groupId, 'classic') : undefined);
  if (host === undefined) return Promise.resolve(plan.answer(noGroup(committer)));
  const answer = host.ask(plan.answer, (group, reply) => {
    const code = group.checkCommit(committer, at.nowMs);
    if (code === 'NONE') store(host, plan);
    reply(plan.answer(code));
  });
  hosts.touched(host);
  return answer;
}

function noGroup({ generation, isTransactional, version }: Committer): KafkaErrorCode {
  if (generation < 0) return 'GROUP_MAX_SIZE_REACHED';
  // Before version 9 of OffsetCommit clients do not know that a group may not be there.
  return !isTransactional && version >= 9 ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION';
}
