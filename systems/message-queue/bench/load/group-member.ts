// A member of a consumer group as clients of the classic protocol are: joins, syncs, heartbeats, and joins again when it
// hears of a rebalance. The leader gives every member an assignment of a few bytes, as what is in it concerns no broker.

import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaErrors } from '../../src/errors.ts';
import { encodeHeartbeatRequest } from '../../src/kafka/messages/heartbeat-request.ts';
import { decodeHeartbeatResponse } from '../../src/kafka/messages/heartbeat-response.ts';
import { encodeJoinGroupRequest } from '../../src/kafka/messages/join-group-request.ts';
import {
  decodeJoinGroupResponse,
  type JoinGroupResponse,
} from '../../src/kafka/messages/join-group-response.ts';
import { encodeSyncGroupRequest } from '../../src/kafka/messages/sync-group-request.ts';
import { decodeSyncGroupResponse } from '../../src/kafka/messages/sync-group-response.ts';
import { type KafkaCalls, openCalls } from './kafka-calls.ts';

const groupInstanceId = null;
const assignment = Buffer.from('a few partitions');
const passing: ReadonlySet<number> = new Set([
  kafkaErrors.REBALANCE_IN_PROGRESS.code,
  kafkaErrors.ILLEGAL_GENERATION.code,
]);

export class GroupMember {
  readonly #calls: KafkaCalls;
  readonly #group: string;
  readonly #heartbeatMs: number;
  readonly #onSynced: (generation: number) => void;
  #memberId = '';
  #isLeaving = false;

  static async open(
    port: number,
    options: { group: string; heartbeatMs: number; onSynced: (generation: number) => void },
  ): Promise<GroupMember> {
    return new GroupMember(await openCalls(port), options);
  }

  private constructor(
    calls: KafkaCalls,
    options: { group: string; heartbeatMs: number; onSynced: (generation: number) => void },
  ) {
    this.#calls = calls;
    this.#group = options.group;
    this.#heartbeatMs = options.heartbeatMs;
    this.#onSynced = options.onSynced;
  }

  /** Until it leaves. */
  async run(): Promise<void> {
    while (!this.#isLeaving) {
      const joined = await this.#join();
      if (!(await this.#sync(joined))) continue;
      this.#onSynced(joined.generationId!);
      await this.#heartbeatUntilRebalance(joined.generationId!);
    }
    this.#calls.close();
  }

  leave(): void {
    this.#isLeaving = true;
  }

  async #join(): Promise<JoinGroupResponse> {
    const joined = await this.#calls.call({
      ...{ api: 'joinGroup', version: 3, encode: encodeJoinGroupRequest, decode: decodeJoinGroupResponse },
      request: {
        ...{ groupId: this.#group, memberId: this.#memberId, groupInstanceId, reason: null },
        ...{ sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, protocolType: 'consumer' },
        protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
      },
    });
    if (joined.errorCode !== 0) throw new Error(`a member could not join: ${joined.errorCode}`);
    this.#memberId = joined.memberId;
    return joined;
  }

  async #sync({ leader, members, generationId = -1 }: JoinGroupResponse): Promise<boolean> {
    const isLeader = leader === this.#memberId;
    const { errorCode } = await this.#calls.call({
      ...{ api: 'syncGroup', version: 2, encode: encodeSyncGroupRequest, decode: decodeSyncGroupResponse },
      request: {
        ...{ groupId: this.#group, generationId, memberId: this.#memberId, groupInstanceId },
        ...{ protocolType: null, protocolName: null },
        assignments: isLeader ? members.map(({ memberId }) => ({ memberId, assignment })) : [],
      },
    });
    return isSuccess(errorCode);
  }

  async #heartbeatUntilRebalance(generationId: number): Promise<void> {
    const request = { groupId: this.#group, generationId, memberId: this.#memberId, groupInstanceId };
    for (let goesOn = true; goesOn && !this.#isLeaving; ) {
      await sleep(this.#heartbeatMs);
      const { errorCode } = await this.#calls.call({
        ...{ api: 'heartbeat', version: 2, request },
        ...{ encode: encodeHeartbeatRequest, decode: decodeHeartbeatResponse },
      });
      goesOn = isSuccess(errorCode);
    }
  }
}

/** Not so when the group is rebalancing: then the member has to join again. */
function isSuccess(errorCode: number): boolean {
  if (errorCode !== 0 && !passing.has(errorCode)) throw new Error(`a group answered ${errorCode}`);
  return errorCode === 0;
}
