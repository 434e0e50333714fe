// What is wrong with packs and index, and what is to be done about it. Nothing is written here.

import { BadChunkCopies } from '../check/chunk-copies.ts';
import type { PackExamination } from '../check/examine-pack.ts';
import { FindingList } from '../check/finding-list.ts';
import { type IndexClaims, readIndexClaims } from '../check/index-claims.ts';
import { type Listing, listRepository } from '../check/list-objects.ts';
import { verifyObjects } from '../check/verify-objects.ts';
import { PackVerification } from '../check/verify-packs.ts';
import type { Repository } from '../core/repository.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';
import type { RepairOptions, RepairProgress } from './repair-report.ts';

export type RepairPlan = {
  readonly findings: FindingList;
  /** Names of small objects that are hurt. */
  readonly hurt: readonly string[];
  readonly bad: BadChunkCopies;
  readonly claims: IndexClaims;
  /**
   * Packs that are there and not as they should be: what can be read of them is stored anew. Not those of which neither footer nor index
   * says what they hold: there is nothing to be stored or dropped, and they may be sound under a key that came with a later rotation.
   */
  readonly damaged: ReadonlyMap<string, PackExamination>;
  /** Packs whose entries go: damaged ones, and those that are missing. */
  readonly drop: ReadonlySet<string>;
  /** Sound packs that no index object names rightly, as their footers have them. */
  readonly add: readonly PackSummary[];
};

type ExamineOptions = Pick<RepairOptions, 'readData' | 'packs' | 'workers' | 'signal'> & {
  readonly onProgress: (progress: RepairProgress) => void;
};

/** Looks at all objects, all footers, and whole packs as far as `readData` and `packs` say, or their footers are damaged. */
export async function planRepair(repository: Repository, options: ExamineOptions): Promise<RepairPlan> {
  const listing = await listRepository(repository.blobs);
  const examination = new RepairExamination(repository, listing, options);
  return examination.run();
}

class RepairExamination {
  readonly #repository: Repository;
  readonly #listing: Listing;
  readonly #options: ExamineOptions;
  readonly #findings = new FindingList();
  readonly #bad = new BadChunkCopies();
  readonly #damaged = new Map<string, PackExamination>();
  /** Of packs that no index object names rightly. */
  readonly #footers = new Map<string, PackSummary>();
  #done = 0;

  constructor(repository: Repository, listing: Listing, options: ExamineOptions) {
    this.#repository = repository;
    this.#listing = listing;
    this.#options = options;
  }

  async run(): Promise<RepairPlan> {
    const { signal } = this.#options;
    const { byPrefix } = this.#listing;
    const onObject = () => this.#advance('objects', byPrefix.index.length);
    const objects = await verifyObjects(this.#repository, this.#listing, { signal });
    const listed = new Set(byPrefix.packs.map(({ id }) => id));
    const keep = (id: string) => !listed.has(id);
    const claims = await readIndexClaims(this.#repository, byPrefix.index, { keep, signal, onObject });
    this.#findings.addAll([...objects.findings, ...claims.findings]);
    const missing = await this.#examinePacks(claims, objects.condemnedPacks);
    return {
      findings: this.#findings,
      hurt: objects.hurt,
      bad: this.#bad,
      claims,
      damaged: this.#damaged,
      drop: new Set([...this.#damaged.keys(), ...missing]),
      add: this.#packsToAdd(objects.deadPacks),
    };
  }

  /** Returns what is missing. */
  async #examinePacks(claims: IndexClaims, condemned: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const { workers, signal, readData, packs: named = [] } = this.#options;
    const { packs } = this.#listing.byPrefix;
    this.#done = 0;
    const verification = new PackVerification({
      repository: this.#repository,
      claims,
      condemned,
      findings: this.#findings,
      bad: this.#bad,
      workers,
      signal,
      onPack: () => this.#advance('packs', packs.length),
      onFooter: (footer) => this.#footers.set(footer.id, footer),
      onDamaged: (id, examination) => {
        if (examination.footer !== undefined || claims.packs.has(id)) this.#damaged.set(id, examination);
      },
    });
    const whole = new Set([...named, ...(await verification.compareListing(packs))]);
    if (readData) for (const { id } of packs) whole.add(id);
    const unreadable = await verification.compareFooters(packs.filter(({ id }) => !whole.has(id)));
    for (const id of unreadable) whole.add(id);
    const there = packs.filter(({ id }) => whole.has(id));
    if (there.length > 0) await verification.readWhole(there);
    return verification.missing;
  }

  /** Packs of a verdict are dead for good. Of one that is only condemned `gc` has to know what it holds, or it never decides. */
  #packsToAdd(dead: ReadonlySet<string>): readonly PackSummary[] {
    return [...this.#footers.values()].filter(({ id }) => !this.#damaged.has(id) && !dead.has(id));
  }

  #advance(stage: 'objects' | 'packs', total: number): void {
    this.#done += 1;
    this.#options.onProgress({ stage, done: this.#done, total });
  }
}
