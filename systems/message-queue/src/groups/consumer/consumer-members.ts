// The members of a consumer group: by id, the static ones by their instance too, and which of them has a partition.

import { bytesOfMember, type ConsumerMember } from './consumer-member.ts';
import { PartitionOwners } from './partition-owners.ts';

export class ConsumerMembers {
  readonly #members = new Map<string, ConsumerMember>();
  readonly #instances = new Map<string, string>();
  readonly owners = new PartitionOwners();
  #classicCount = 0;
  #bytes = 0;

  get size(): number {
    return this.#members.size;
  }

  /** Of what they tell of themselves. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All that there are speak the classic protocol. */
  get areClassic(): boolean {
    return this.size > 0 && this.#classicCount === this.size;
  }

  all(): Iterable<ConsumerMember> {
    return this.#members.values();
  }

  get(memberId: string): ConsumerMember | undefined {
    return this.#members.get(memberId);
  }

  has(memberId: string): boolean {
    return this.#members.has(memberId);
  }

  ofInstance(instanceId: string): ConsumerMember | undefined {
    const memberId = this.#instances.get(instanceId);
    return memberId === undefined ? undefined : this.#members.get(memberId);
  }

  /** The member itself, or the one whose instance it is: a static member that came back has another id. */
  heldBy({ memberId, instanceId }: ConsumerMember): ConsumerMember | undefined {
    return this.#members.get(memberId) ?? (instanceId === null ? undefined : this.ofInstance(instanceId));
  }

  /** In the place of the one with the same id, if there is one. */
  put(after: ConsumerMember): void {
    const before = this.#members.get(after.memberId);
    if (before === undefined || before.assigned !== after.assigned || before.revoking !== after.revoking) {
      if (before !== undefined) this.#release(before);
      this.owners.claim(after.memberId, after.assigned);
      this.owners.claim(after.memberId, after.revoking);
    }
    this.#count(before, -1);
    this.#count(after, 1);
    this.#members.set(after.memberId, after);
    if (after.instanceId !== null) this.#instances.set(after.instanceId, after.memberId);
  }

  drop(member: ConsumerMember): void {
    this.#members.delete(member.memberId);
    if (member.instanceId !== null) this.#instances.delete(member.instanceId);
    this.#release(member);
    this.#count(member, -1);
  }

  #release({ memberId, assigned, revoking }: ConsumerMember): void {
    this.owners.release(memberId, assigned);
    this.owners.release(memberId, revoking);
  }

  #count(member: ConsumerMember | undefined, by: 1 | -1): void {
    if (member === undefined) return;
    this.#bytes += by * bytesOfMember(member);
    if (member.classic !== null) this.#classicCount += by;
  }
}
