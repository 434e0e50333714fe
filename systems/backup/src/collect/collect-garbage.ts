// `gc`: deletes what no snapshot needs while backups run (DESIGN.md, C1 to C7, whose steps the methods here are).
//
// It may be stopped or die between any two steps; the next run takes up what it finds. It deletes nothing while it is not known what
// is needed, and never waits: a condemnation whose sessions are still at work is left to a later run.

import { putMissingCopies } from '../core/keys/second-copies.ts';
import type { ChunkIndex, Repository, WriterSession } from '../core/repository.ts';
import { isFull, onStore } from '../core/store/store-error.ts';
import { BackupError } from '../errors.ts';
import { objectName } from '../format/object-names.ts';
import type { CollectOptions, CollectReport } from './collect-options.ts';
import { CollectionTally } from './collection-tally.ts';
import { type Condemnation, Condemnations } from './condemnations.ts';
import { decideVerdict } from './decide-verdict.ts';
import { type CollectionPlan, type CondemnedPack, type PackUse, planCollection } from './plan-collection.ts';
import { Reachability } from './reachability.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { rewriteIndex } from './rewrite-index.ts';
import { rewritePacks } from './rewrite-packs.ts';
import { type SessionListing, SessionWaits } from './session-waits.ts';

const maxUnusedPercentDefault = 5;
const packsPerDelete = 500;

/**
 * One run of `gc`. What stops the deleting part is in `damaged` of the report; what waits for sessions, in `waits`. Rejects with `denied` for a
 * key that may only add, `store`, or the reason of `signal`.
 *
 * ```ts
 * const report = await collectGarbage(repository, { host: 'ann-laptop', user: 'ann' });
 * console.log(report.bytesFreed, report.waits);
 * ```
 */
export async function collectGarbage(
  repository: Repository,
  options: CollectOptions,
): Promise<CollectReport> {
  const maxUnusedPercent = options.maxUnusedPercent ?? maxUnusedPercentDefault;
  if (!(maxUnusedPercent >= 0 && maxUnusedPercent <= 100)) {
    const detail = `the share of unused bytes is 0 to 100 percent, not ${maxUnusedPercent}`;
    throw new BackupError('invalid-argument', { attempted: 'collect garbage', detail });
  }
  if (options.dryRun === true) return dryRun(repository, options);
  if (repository.key.appendOnly) {
    throw new BackupError('denied', { attempted: 'collect garbage', detail: 'this key may only add' });
  }
  const { host, user } = options;
  const session = await repository.openSession({ purpose: 'gc', host, user });
  try {
    await putMissingCopies(repository);
    const report = await new Collection(repository, session, options).run();
    await session.abandon();
    return report;
  } catch (error) {
    // The error counts; a session that stays behind is taken for dead after the lease.
    await session.abandon().catch(() => {});
    throw error;
  }
}

async function dryRun(repository: Repository, options: CollectOptions): Promise<CollectReport> {
  const tally = new CollectionTally(true);
  const first = await repository.index({ refresh: true });
  const reachability = new Reachability(repository, first, options);
  const index = await reachability.read(() => newestIndex(repository, first, reachability));
  tally.reached(reachability);
  tally.damaged = reachability.damaged;
  if (tally.damaged.length > 0) return tally.report();
  const open = await new Condemnations(repository, { mends: false }).all();
  const plan = planOf(repository, { index, reachability, open, options });
  tally.planned(plan);
  for (const { usedBytes } of plan.rewrite) tally.rewrote(usedBytes);
  for (const { sizeBytes } of [...plan.rewrite.map(asCondemned), ...plan.condemn]) tally.condemned(sizeBytes);
  return tally.report();
}

/** What was committed after an index was read is in a newer one. */
function newestIndex(
  repository: Repository,
  first: ChunkIndex,
  { damaged }: Reachability,
): Promise<ChunkIndex> {
  return damaged.length === 0 ? Promise.resolve(first) : repository.index({ refresh: true });
}

class Collection {
  readonly #repository: Repository;
  readonly #session: WriterSession;
  readonly #options: CollectOptions;
  readonly #condemnations: Condemnations;
  readonly #sessions: SessionWaits;
  readonly #reachability: Reachability;
  readonly #tally = new CollectionTally(false);

  constructor(repository: Repository, session: WriterSession, options: CollectOptions) {
    const { blobs, objects, config } = repository;
    this.#repository = repository;
    this.#session = session;
    this.#options = options;
    this.#condemnations = new Condemnations(repository);
    const own = { ownSession: session.id, leaseMs: config.leaseMs };
    this.#sessions = new SessionWaits({ blobs, objects, ...own });
    this.#reachability = new Reachability(repository, session.index, options);
  }

  async run(): Promise<CollectReport> {
    const { index: first } = this.#session;
    const newest = () => newestIndex(this.#repository, first, this.#reachability);
    const index = await this.#reachability.read(newest);
    this.#tally.reached(this.#reachability);
    if (this.#isKnown()) await this.#condemn(index);
    if (this.#tally.damaged.length === 0) await this.#advance();
    await removeLeftovers({
      repository: this.#repository,
      sessions: this.#sessions,
      condemnations: this.#condemnations,
    });
    this.#tally.sessionsFenced = this.#sessions.fenced;
    return this.#tally.report();
  }

  /** Whether it is known what is needed. If not, the report says why. */
  #isKnown(): boolean {
    this.#tally.damaged = this.#reachability.damaged;
    return this.#tally.damaged.length === 0;
  }

  /** C2 and C3. */
  async #condemn(index: ChunkIndex): Promise<void> {
    const open = await this.#condemnations.all();
    const plan = planOf(this.#repository, {
      ...{ index, open, reachability: this.#reachability, options: this.#options },
    });
    this.#tally.planned(plan);
    const rewritten = await this.#rewrite(index, plan);
    if (rewritten === 'hurt') return;
    const condemned = [...rewritten.map(asCondemned), ...plan.condemn];
    if (condemned.length === 0) return;
    for (const { sizeBytes } of condemned) this.#tally.condemned(sizeBytes);
    const packs = condemned.map(({ id }) => id).toSorted();
    const id = this.#repository.world.random.bytes(16).toString('hex');
    await this.#condemnations.put(id, { session: this.#session.id, packs });
  }

  /**
   * What was rewritten. `hurt` when a pack is: then a copy that the plan holds for needless may be the only good one. Nothing where there is no
   * room for the new packs: those that nobody needs can go all the same, and the next run has the room that they leave.
   */
  async #rewrite(index: ChunkIndex, { rewrite }: CollectionPlan): Promise<readonly PackUse[] | 'hurt'> {
    const total = rewrite.reduce((bytes, { usedBytes }) => bytes + usedBytes, 0);
    const { signal, onProgress } = this.#options;
    const onRewritten = ({ usedBytes }: PackUse) => {
      this.#tally.rewrote(usedBytes);
      onProgress?.({ phase: 'rewrite', done: this.#tally.bytesRewritten, total });
    };
    const options = { uses: rewrite, index, signal, onRewritten };
    try {
      return await rewritePacks(this.#repository, this.#session, options);
    } catch (error) {
      if (isFull(error)) {
        this.#tally.noRoom();
        return [];
      }
      if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
      this.#tally.damaged = [{ name: 'packs', problem: error.message }];
      return 'hurt';
    }
  }

  /** C4 to C7 for every condemnation that there is, whoever put it. */
  async #advance(): Promise<void> {
    const open = await this.#condemnations.all();
    const listing = await this.#sessions.list();
    const ready: Condemnation[] = [];
    for (const condemnation of open) {
      this.#options.signal?.throwIfAborted();
      if (condemnation.verdict === undefined && (await this.#isOver(condemnation, listing)))
        ready.push(condemnation);
    }
    const decided = open.filter(({ verdict }) => verdict !== undefined);
    if (ready.length > 0) decided.push(...(await this.#decide(ready)));
    if (this.#tally.damaged.length === 0) await this.#carryOut(decided);
  }

  /** C4. `listing` was taken after all of `open` were there. */
  async #isOver(condemnation: Condemnation, listing: SessionListing): Promise<boolean> {
    const { id, packs } = condemnation;
    if (condemnation.waits === undefined) await this.#condemnations.putWaits(id, [...listing.ages.keys()]);
    const waits = condemnation.waits ?? [...listing.ages.keys()];
    const waiting = await this.#sessions.stillOpen(waits, listing);
    const described = waiting.map((session) => this.#sessions.describe(session, listing.ages.get(session)!));
    this.#tally.waiting(waiting.length > 0 ? packs.length : 0, await Promise.all(described));
    return waiting.length === 0;
  }

  /** C5 and C6. */
  async #decide(ready: readonly Condemnation[]): Promise<readonly Condemnation[]> {
    const index = await this.#reachability.read(() => this.#repository.index({ refresh: true }));
    if (!this.#isKnown()) return [];
    const decided: Condemnation[] = [];
    for (const condemnation of ready) {
      this.#options.signal?.throwIfAborted();
      const packs = decideVerdict(condemnation.packs, index, this.#reachability.chunks);
      const verdict = await this.#condemnations.decide(condemnation.id, packs);
      if (verdict !== undefined) decided.push({ ...condemnation, verdict });
    }
    return decided;
  }

  /** C7. */
  async #carryOut(decided: readonly Condemnation[]): Promise<void> {
    const index = await this.#repository.index();
    const standing: Condemnation[] = [];
    for (const condemnation of decided) {
      // A verdict that came a month late, under a name that was free again, finds its condemnation gone.
      const isThere = (await this.#condemnations.read(condemnation.id)) !== undefined;
      if (isThere) standing.push(condemnation);
    }
    const dead = standing.flatMap(({ verdict }) => verdict ?? []);
    const drop = new Set([...dead, ...index.missing.map(({ id }) => id)]);
    const isRewritten = await this.#rewriteIndex(drop);
    await this.#delete(dead, index);
    if (!isRewritten) await rewriteIndex(this.#repository, drop);
    for (const { id } of standing) await this.#condemnations.remove(id);
  }

  /** False where there is no room for it yet: packs that go before their entries do are what a crash leaves, too. */
  async #rewriteIndex(drop: ReadonlySet<string>): Promise<boolean> {
    try {
      await rewriteIndex(this.#repository, drop);
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      return false;
    }
  }

  async #delete(packs: readonly string[], index: ChunkIndex): Promise<void> {
    const sizes = new Map(index.orphans.map(({ id, sizeBytes }) => [id, sizeBytes]));
    const { onProgress, signal } = this.#options;
    for (let at = 0; at < packs.length; at += packsPerDelete) {
      signal?.throwIfAborted();
      const some = packs.slice(at, at + packsPerDelete);
      const names = some.map((id) => objectName('packs', id));
      await onStore(`delete ${some.length} packs`, () => this.#repository.blobs.delete(names));
      for (const id of some) this.#tally.deleted(sizes.get(id) ?? index.packOf(id)?.listedBytes ?? 0);
      onProgress?.({ phase: 'delete', done: at + some.length, total: packs.length });
    }
  }
}

type Planning = {
  readonly index: ChunkIndex;
  readonly reachability: Reachability;
  readonly open: readonly Condemnation[];
  readonly options: CollectOptions;
};

function planOf({ config, keyring }: Repository, planning: Planning): CollectionPlan {
  const { index, reachability, open, options } = planning;
  return planCollection(index, reachability.chunks, {
    maxUnusedPercent: options.maxUnusedPercent ?? maxUnusedPercentDefault,
    maxRewriteBytes: options.maxRewriteBytes ?? Number.POSITIVE_INFINITY,
    minPackBytes: options.minPackBytes ?? config.packBytes / 4,
    epochWanted: options.reseal === true ? keyring.current : undefined,
    pending: new Set(open.flatMap(({ packs }) => packs)),
  });
}

function asCondemned({ pack: { id, listedBytes } }: PackUse): CondemnedPack {
  return { id, sizeBytes: listedBytes };
}
