// R2 and R3 of DESIGN.md: what is readable of damaged packs is durable, and indexed, before the entries of where it was are dropped.
//
// Two repairs may be at work at once, and one may have read wrong what the other finds sound. Its verdict is for good: so verdicts are
// read again right before packs are taken into the index, and what is dead by then is stored anew while it can be read.

import { readCondemnedForWriter } from '../core/chunk-index/read-condemned.ts';
import type { Repository, WriterSession } from '../core/repository.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';
import { withCompression } from '../transform/chunk-compression.ts';
import { ChunkStore } from '../transform/chunk-store.ts';
import { KnownChunks } from '../transform/known-chunks.ts';
import { DamagedPacks } from './condemn-damaged.ts';
import { rebuildIndex, replacedObjects } from './rebuild-index.ts';
import type { RepairPlan } from './repair-plan.ts';
import type { RepairOptions } from './repair-report.ts';
import { salvageDamaged, salvageSound } from './salvage-packs.ts';

export type Rebuilt = {
  /** Chunks that were stored anew, with their raw bytes. */
  readonly chunks: number;
  readonly bytes: number;
  /** Packs that index objects name now, and did not. */
  readonly added: readonly PackSummary[];
  /** Index objects. */
  readonly written: number;
  readonly removed: readonly string[];
};

const nothing: Rebuilt = { chunks: 0, bytes: 0, added: [], written: 0, removed: [] };

type Options = Pick<RepairOptions, 'host' | 'user' | 'signal'>;

/** Throws `fenced` where a collector has decided about the damaged packs meanwhile, `store`. */
export async function rebuildPacksAndIndex(
  repository: Repository,
  plan: RepairPlan,
  options: Options,
): Promise<Rebuilt> {
  if (replacedObjects(plan).length === 0 && plan.add.length === 0 && plan.damaged.size === 0) return nothing;
  const { host, user, signal } = options;
  const damaged = new DamagedPacks(repository, plan.damaged.keys());
  const beforeIndex = (id: string) => damaged.condemn(id);
  const session = await repository.openSession({ purpose: 'repair', host, user, beforeIndex });
  try {
    return await withStore(repository, session, plan, async (store, finish) => {
      await salvageDamaged(repository, plan, store, signal);
      await finish();
      await damaged.decide();
      const rebuilding = new Rebuilding(repository, plan, async (late) => {
        await salvageSound(repository, late, store, signal);
        await finish();
      });
      const rebuilt = await rebuilding.run();
      return { chunks: store.chunks, bytes: store.rawBytes, ...rebuilt };
    });
  } finally {
    await session.abandon();
  }
}

/** R3. `salvage` stores anew what sound packs hold that somebody else has decided to delete. */
class Rebuilding {
  readonly #repository: Repository;
  readonly #plan: RepairPlan;
  readonly #salvage: (late: readonly PackSummary[]) => Promise<void>;
  #added: readonly PackSummary[];
  #drop: ReadonlySet<string>;

  constructor(
    repository: Repository,
    plan: RepairPlan,
    salvage: (late: readonly PackSummary[]) => Promise<void>,
  ) {
    this.#repository = repository;
    this.#plan = plan;
    this.#salvage = salvage;
    this.#added = plan.add;
    this.#drop = plan.drop;
  }

  /** Looks again behind the index objects that it put: a verdict may have come between the look and the put. */
  async run(): Promise<Pick<Rebuilt, 'added' | 'written' | 'removed'>> {
    await this.#salvageLate();
    for (let written = 0, removed: readonly string[] = []; ; ) {
      const { claims } = this.#plan;
      const rebuilt = await rebuildIndex(this.#repository, { claims, drop: this.#drop, add: this.#added });
      written += rebuilt.written;
      removed = [...new Set([...removed, ...rebuilt.removed])];
      if (!(await this.#salvageLate())) return { added: this.#added, written, removed };
    }
  }

  /** Whether there were any. */
  async #salvageLate(): Promise<boolean> {
    if (this.#added.length === 0) return false;
    const { dead } = await readCondemnedForWriter(this.#repository);
    const late = this.#added.filter(({ id }) => dead.has(id));
    if (late.length === 0) return false;
    await this.#salvage(late);
    this.#added = this.#added.filter(({ id }) => !dead.has(id));
    this.#drop = this.#drop.union(new Set(late.map(({ id }) => id)));
    return true;
  }
}

/** `finish` resolves when all that was stored is durable and indexed. */
function withStore<Output>(
  repository: Repository,
  session: WriterSession,
  plan: RepairPlan,
  work: (store: ChunkStore, finish: () => Promise<void>) => Promise<Output>,
): Promise<Output> {
  return withCompression(repository, (compression) => {
    const known = new KnownChunks(session.index, { except: plan.drop });
    const store = new ChunkStore(repository, session, { compression, known });
    return work(store, async () => {
      await store.finish();
      await session.flush();
    });
  });
}
