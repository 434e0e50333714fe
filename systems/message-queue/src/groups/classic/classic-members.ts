// The members of a classic group: by id, the static ones by their instance too, with a leader and the protocols that all of
// them speak. Members in the order in which they joined.

import assert from 'node:assert/strict';
import type { KafkaErrorCode } from '../../errors.ts';
import { joinRefusal, syncRefusal } from './classic-answers.ts';
import { bytesOf, type ClassicMember, type Protocol } from './classic-member.ts';

export class ClassicMembers {
  readonly #members = new Map<string, ClassicMember>();
  readonly #instances = new Map<string, string>();
  /** How many members speak a protocol. */
  readonly #speakers = new Map<string, number>();
  #joining = 0;
  #bytes = 0;
  #leader: string | null = null;

  get size(): number {
    return this.#members.size;
  }

  /** Of what they tell of themselves. */
  get bytes(): number {
    return this.#bytes;
  }

  get leader(): string | null {
    return this.#leader;
  }

  /** How many wait for the answer to a join. */
  get joining(): number {
    return this.#joining;
  }

  all(): Iterable<ClassicMember> {
    return this.#members.values();
  }

  get(memberId: string): ClassicMember | undefined {
    return this.#members.get(memberId);
  }

  ofInstance(instanceId: string): ClassicMember | undefined {
    const memberId = this.#instances.get(instanceId);
    return memberId === undefined ? undefined : this.#members.get(memberId);
  }

  /** The longest of theirs: nobody is left behind before it had the time that it asked for. */
  rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const { rebalanceTimeoutMs } of this.all()) longest = Math.max(longest, rebalanceTimeoutMs);
    return longest;
  }

  add(member: ClassicMember): void {
    assert(!this.#members.has(member.memberId), `member ${member.memberId} is there`);
    this.#members.set(member.memberId, member);
    if (member.instanceId !== null) this.#instances.set(member.instanceId, member.memberId);
    this.#leader ??= member.memberId;
    this.#count(member.protocols, 1);
    if (member.join !== undefined) this.#joining += 1;
  }

  remove(member: ClassicMember): void {
    assert(this.#members.delete(member.memberId), `member ${member.memberId} is not there`);
    if (member.instanceId !== null) this.#instances.delete(member.instanceId);
    this.#count(member.protocols, -1);
    if (member.join !== undefined) this.#joining -= 1;
    if (this.#leader === member.memberId) this.#leader = this.#members.keys().next().value ?? null;
  }

  setLeader(memberId: string | null): void {
    this.#leader = memberId;
  }

  /** The same member under another id: what a restarted static member gets. */
  rename(member: ClassicMember, memberId: string): void {
    const isLeader = this.#leader === member.memberId;
    this.remove(member);
    member.memberId = memberId;
    this.add(member);
    if (isLeader) this.#leader = memberId;
  }

  setProtocols(member: ClassicMember, protocols: readonly Protocol[]): void {
    this.#count(member.protocols, -1);
    member.protocols = protocols;
    this.#count(protocols, 1);
  }

  setJoin(member: ClassicMember, join: ClassicMember['join']): void {
    this.#joining += Number(join !== undefined) - Number(member.join !== undefined);
    member.join = join;
  }

  /** Answers what its client waits for. */
  refuse(member: ClassicMember, code: KafkaErrorCode): void {
    const { join, memberId } = member;
    this.setJoin(member, undefined);
    join?.reply(joinRefusal(code, { version: join.version, memberId }));
    this.refuseSync(member, code);
  }

  refuseSync(member: ClassicMember, code: KafkaErrorCode): void {
    const { sync } = member;
    member.sync = undefined;
    sync?.(syncRefusal(code));
  }

  /** At least one that every member speaks. */
  support(protocols: readonly Protocol[]): boolean {
    return protocols.some(({ name }) => this.#speakers.get(name) === this.size);
  }

  /** Each votes for the first of its own that all speak. */
  electProtocol(): string {
    const votes = new Map<string, number>();
    for (const { protocols } of this.all()) {
      const vote = protocols.find(({ name }) => this.#speakers.get(name) === this.size)?.name;
      assert(vote !== undefined, 'members that have no protocol in common');
      votes.set(vote, (votes.get(vote) ?? 0) + 1);
    }
    const [winner] = [...votes].reduce((best, next) => (next[1] > best[1] ? next : best));
    return winner;
  }

  /** The leader stays when it joined again; false when nobody joined. */
  electLeader(): boolean {
    if (this.#leader !== null && this.#members.get(this.#leader)?.join !== undefined) return true;
    for (const member of this.all()) {
      if (member.join === undefined) continue;
      this.#leader = member.memberId;
      return true;
    }
    return false;
  }

  #count(protocols: readonly Protocol[], by: 1 | -1): void {
    this.#bytes += by * bytesOf(protocols);
    for (const name of new Set(protocols.map((protocol) => protocol.name))) {
      const count = (this.#speakers.get(name) ?? 0) + by;
      if (count === 0) this.#speakers.delete(name);
      else this.#speakers.set(name, count);
    }
  }
}
