// The backup service's index as a writer sees it: which chunks need not be uploaded. Neutral: it names no transport, so a
// test or a simulation answers as well as the service does (DESIGN.md, "Fingerprint index").
//
// The invariant: a chunk that `lookup` called known lies in a durable pack that an index object names, which was whole and not condemned
// when the session read the index (W2), or was registered since, or, in pessimistic mode, was promised by a writer and is durable once `settle` says so.

import type { PackSummary } from '../packing/sealed-pack.ts';

/** An index object by its id, and the packs that it names. */
export type IndexedPacks = { readonly id: string; readonly packs: readonly PackSummary[] };

/** What a writer's session is to the service. */
export type ServiceSession = {
  readonly id: string;
  /** Packs of condemnations and verdicts that it read at W2: the service must not answer from these. */
  readonly condemnedPacks: ReadonlySet<string>;
  /** For what nobody told the service yet. Undefined when it is gone, or cannot be read. */
  readonly readIndexObject: (id: string) => Promise<IndexedPacks | undefined>;
};

export type FingerprintService = {
  /**
   * One byte for each of the n x 32 bytes: 1 need not be uploaded, 0 has to be. What the copy of the Bloom filter calls
   * definitely new is answered 0 without a question, unless `definitelyNew` is `ask` or the repository is pessimistic.
   * Throws `BackupError`: `store` (retryable), `denied`, `fenced` when the session's lease ended.
   */
  lookup(
    fingerprints: Uint8Array,
    options?: { readonly definitelyNew?: 'skip' | 'ask' },
  ): Promise<Uint8Array>;
  /** For each of the n x 32 bytes the id of a pack that has it, if any; it may be gone already. Throws as `lookup` does. */
  locate(fingerprints: Uint8Array): Promise<readonly (string | undefined)[]>;
  /**
   * What an index object names is known from now on, to every writer; ends this session's leases on it. Only when its packs
   * are durable and it is, too: another writer's snapshot may refer to them at once, and would be left with chunks that no
   * index names if this writer died before it wrote one.
   */
  register(object: IndexedPacks): Promise<void>;
  /**
   * Before the commit, after the last `register`: waits until everything that other writers promised (pessimistic mode)
   * is durable. `broken`: one of them gave up; the caller starts again as after `fenced` (DESIGN.md, W4), where the
   * chunk is answered 0. Always `settled` in optimistic mode.
   */
  settle(): Promise<'settled' | 'broken'>;
  /** What the questions cost and what the filter saved. */
  counts(): LookupCounts;
  close(): Promise<void>;
};

/** Rejects where the service cannot be reached, or refuses. */
export type OpenFingerprintService = (session: ServiceSession) => Promise<FingerprintService>;

export type LookupCounts = {
  /** Fingerprints given to `lookup`. */
  readonly fingerprints: number;
  /** Of those, answered by the filter alone. */
  readonly saved: number;
  readonly asked: number;
  readonly known: number;
  /** Known only because another writer holds the lease. */
  readonly promised: number;
  readonly requests: number;
};
