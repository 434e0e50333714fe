// A member of a classic group, as Kafka's clients are, so that both can be in one group. It asks the coordinator in this
// process instead of one behind a connection.
//
//   join      until the group has a generation with this member: it may wait for others for a while
//   heartbeat whether the generation is still that
//   commit    offsets, in a generation
//   leave

import { LogError } from '@cairn/engines';
import type { Clock } from '@cairn/world';
import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import type { GroupCoordinator } from '../../groups/group-coordinator.ts';
import type { JoinGroupResponse } from '../../kafka/messages/join-group-response.ts';
import { zeroUuid } from '../../kafka/wire/values.ts';
import { libraryMember } from '../../limits.ts';
import { logCodeOf } from '../library-error.ts';
import type { LibraryTopics } from '../library-topics.ts';
import { type AssignedPartition, assignAll, decodeAssignment, subscriptionProtocols } from './assignment.ts';
import { libraryContext } from './library-context.ts';

export type Generation = {
  readonly id: number;
  readonly partitions: readonly AssignedPartition[];
};
export type PartitionOffset = AssignedPartition & { readonly offset: number };

export type MembershipOptions = {
  readonly groups: GroupCoordinator;
  readonly topics: LibraryTopics;
  readonly clock: Clock;
  readonly group: string;
  readonly subscribed: readonly string[];
};

export class Membership {
  readonly #options: MembershipOptions;
  #memberId = '';

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Undefined when the signal aborted. Throws LogError for what trying again does not mend. */
  async join(signal: AbortSignal): Promise<Generation | undefined> {
    const leave = () => void this.leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      while (!signal.aborted) {
        const joined = await this.#askToJoin();
        const generation = signal.aborted ? undefined : await this.#followUp(joined);
        if (generation !== undefined) return generation;
        if (!asksAtOnce.has(nameOf(joined.errorCode)))
          await this.#options.clock.sleep(libraryMember.retryMs, signal).catch(() => {});
      }
      return undefined;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** `lost`: the partitions may be another's already. */
  async heartbeat({ id }: Generation): Promise<'ok' | 'rejoin' | 'lost'> {
    const { groups, group: groupId } = this.#options;
    const request = { groupId, generationId: id, memberId: this.#memberId, groupInstanceId: null };
    const code = nameOf((await groups.heartbeat(request)).errorCode);
    // The coordinator could not write; it is read again, and the generation goes on.
    if (code === 'NONE' || code === 'COORDINATOR_NOT_AVAILABLE') return 'ok';
    if (code === 'REBALANCE_IN_PROGRESS') return 'rejoin';
    if (code === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    return 'lost';
  }

  /** Resolves with what became of it: `again` for what may be tried again, `lost` when the generation is over. */
  async commit({ id }: Generation, offsets: readonly PartitionOffset[]): Promise<'ok' | 'again' | 'lost'> {
    const { groups, group: groupId } = this.#options;
    const ofTopics = Map.groupBy(offsets, ({ topic }) => topic);
    const answer = await groups.offsetCommit(
      {
        groupId,
        generationIdOrMemberEpoch: id,
        memberId: this.#memberId,
        ...{ groupInstanceId: null, retentionTimeMs: -1 },
        topics: Array.from(ofTopics, ([name, partitions]) => ({
          ...{ name, topicId: zeroUuid },
          partitions: partitions.map(committedPartition),
        })),
      },
      libraryContext,
    );
    const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
    // Of a topic that was deleted meanwhile nothing has to be kept.
    const failed = codes.map(nameOf).find((code) => code !== 'NONE' && !isOfTopic(code));
    if (failed === undefined) return 'ok';
    return failed === 'COORDINATOR_NOT_AVAILABLE' ? 'again' : 'lost';
  }

  /** Undefined for a partition of which nothing is committed. Throws LogError `unavailable`. */
  async committed(partitions: readonly AssignedPartition[]): Promise<readonly (number | undefined)[]> {
    const { groups, group: groupId } = this.#options;
    const ofTopics = Map.groupBy(partitions, ({ topic }) => topic);
    const topics = Array.from(ofTopics, ([name, of]) => ({
      ...{ name, topicId: zeroUuid },
      partitionIndexes: of.map(({ partition }) => partition),
    }));
    const asked = { groupId, memberId: null, memberEpoch: -1, topics };
    const request = { groupId: '', topics: null, groups: [asked], requireStable: true };
    const answer = (await groups.offsetFetch(request, libraryContext)).groups![0]!;
    const found = new Map<string, number>();
    for (const topic of answer.topics)
      for (const { partitionIndex, committedOffset, errorCode } of topic.partitions) {
        const attempted = `look up what ${JSON.stringify(groupId)} committed of ${topic.name}`;
        const code = nameOf(errorCode);
        if (code !== 'NONE' && !isOfTopic(code))
          throw new LogError(isPassing(code) ? 'unavailable' : logCodeOf(code), { attempted, detail: code });
        found.set(`${topic.name}/${partitionIndex}`, committedOffset);
      }
    return partitions.map(({ topic, partition }) => {
      const offset = found.get(`${topic}/${partition}`) ?? -1;
      return offset < 0 ? undefined : offset;
    });
  }

  async leave(): Promise<void> {
    const memberId = this.#memberId;
    this.#memberId = '';
    if (memberId === '') return;
    const { groups, group: groupId } = this.#options;
    const member = { memberId, groupInstanceId: null, reason: null };
    await groups.leaveGroup({ groupId, memberId: '', members: [member] }, libraryContext);
  }

  #askToJoin(): Promise<JoinGroupResponse> {
    const { groups, group: groupId, subscribed } = this.#options;
    const { sessionTimeoutMs, rebalanceTimeoutMs } = libraryMember;
    return groups.joinGroup(
      {
        ...{ groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId: this.#memberId },
        ...{ groupInstanceId: null, protocolType: 'consumer', reason: null },
        protocols: subscriptionProtocols(subscribed),
      },
      libraryContext,
    );
  }

  async #followUp(joined: JoinGroupResponse): Promise<Generation | undefined> {
    const code = nameOf(joined.errorCode);
    if (code === 'NONE') return this.#sync(joined);
    if (code === 'MEMBER_ID_REQUIRED') this.#memberId = joined.memberId;
    else if (code === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    else if (!isPassing(code)) {
      const attempted = `join the group ${JSON.stringify(this.#options.group)}`;
      throw new LogError(logCodeOf(code), { attempted, detail: kafkaErrors[code].message });
    }
    return undefined;
  }

  async #sync(joined: JoinGroupResponse): Promise<Generation | undefined> {
    const { groups, group: groupId, topics } = this.#options;
    const { generationId = -1, memberId, leader, protocolName } = joined;
    this.#memberId = memberId;
    const leads = leader === memberId && joined.skipAssignment !== true;
    const synced = await groups.syncGroup({
      ...{ groupId, generationId, memberId, groupInstanceId: null, protocolType: 'consumer', protocolName },
      assignments: leads ? assignAll(joined, (name) => topics.all.find(name)) : [],
    });
    const code = nameOf(synced.errorCode);
    if (code === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    if (code !== 'NONE') return undefined;
    return { id: generationId, partitions: decodeAssignment(synced.assignment) };
  }
}

const asksAtOnce: ReadonlySet<KafkaErrorCode> = new Set(['NONE', 'MEMBER_ID_REQUIRED']);

function committedPartition({ partition, offset }: PartitionOffset) {
  return {
    ...{ partitionIndex: partition, committedOffset: offset },
    ...{ committedLeaderEpoch: -1, committedMetadata: null },
  };
}

function isPassing(code: KafkaErrorCode): boolean {
  return passing.has(code);
}

const passing: ReadonlySet<KafkaErrorCode> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'REBALANCE_IN_PROGRESS',
  'UNSTABLE_OFFSET_COMMIT',
  'GROUP_MAX_SIZE_REACHED',
]);

function isOfTopic(code: KafkaErrorCode): boolean {
  return code === 'UNKNOWN_TOPIC_OR_PARTITION' || code === 'UNKNOWN_TOPIC_ID';
}

const names = new Map<number, KafkaErrorCode>(
  Object.entries(kafkaErrors).map(([name, { code }]) => [code, name as KafkaErrorCode]),
);

function nameOf(code: number): KafkaErrorCode {
  return names.get(code) ?? 'UNKNOWN_SERVER_ERROR';
}
