// How long a group of many consumers takes until all have their assignment in a new generation, from when one more joins.

import { GroupMember } from '../load/group-member.ts';
import type { CairnServer } from '../servers/cairn.ts';
import type { Workload } from './compare.ts';

const heartbeatMs = 200;

export function rebalancing(members: {
  readonly full: number;
  readonly tiny: number;
}): Workload<CairnServer> {
  let groups = 0;
  return {
    ...{ unit: 's', better: 'less' },
    measure: async ({ kafkaPort }, { tiny }) => {
      const group = new Group(kafkaPort, `group-${++groups}`);
      try {
        const count = tiny ? members.tiny : members.full;
        await group.join(count);
        const startMs = performance.now();
        await group.join(1);
        return (performance.now() - startMs) / 1000;
      } finally {
        await group.leave();
      }
    },
  };
}

class Group {
  readonly #port: number;
  readonly #name: string;
  readonly #members: GroupMember[] = [];
  readonly #runs: Promise<void>[] = [];
  /** The generation that each member is in. */
  readonly #generations: number[] = [];
  #changed = Promise.withResolvers<void>();

  constructor(port: number, name: string) {
    this.#port = port;
    this.#name = name;
  }

  /** So many more; resolves when all are in one generation that is new. */
  async join(count: number): Promise<void> {
    const before = Math.max(0, ...this.#generations);
    const options = { group: this.#name, heartbeatMs };
    const joining = Array.from({ length: count }, async () => {
      const index = this.#generations.push(0) - 1;
      const onSynced = (generation: number): void => {
        this.#generations[index] = generation;
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      };
      const member = await GroupMember.open(this.#port, { ...options, onSynced });
      this.#members.push(member);
      this.#runs.push(member.run());
    });
    await Promise.all(joining);
    const failed = Promise.race(this.#runs);
    while (!this.#isWholeAfter(before)) await Promise.race([this.#changed.promise, failed]);
  }

  async leave(): Promise<void> {
    for (const member of this.#members) member.leave();
    await Promise.all(this.#runs);
  }

  #isWholeAfter(before: number): boolean {
    const [first = 0] = this.#generations;
    return first > before && this.#generations.every((generation) => generation === first);
  }
}
