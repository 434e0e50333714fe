// Which packs a collection rewrites and which it condemns: pure, from the index and the marks (DESIGN.md, C1 to C3).
//
// A chunk that is stored twice counts in one pack, its home: in the pack of which most is needed anyway. A pack that needs nothing else is
// condemned as it is; others are rewritten while more is unused than allowed, those first that give most for the least copying.

import { tagBytes } from '@cairn/native';
import type { ChunkIndex, IndexedPack } from '../core/repository.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import type { PackEntries } from '../packing/pack-layout.ts';
import type { ReachableChunks } from './reachable-chunks.ts';

export type PlanOptions = {
  readonly maxUnusedPercent: number;
  readonly maxRewriteBytes: number;
  readonly minPackBytes: number;
  /** Packs of other epochs are rewritten. */
  readonly epochWanted: number | undefined;
  /** In a condemnation that has no verdict yet: what becomes of them is decided there. */
  readonly pending: ReadonlySet<string>;
};

export type CollectionPlan = {
  /** Their chunks at home are copied, then they are condemned. */
  readonly rewrite: readonly PackUse[];
  /** Nothing of them is needed. Orphans among them. */
  readonly condemn: readonly CondemnedPack[];
  readonly bytesUsed: number;
  readonly bytesUnused: number;
};

export type CondemnedPack = { readonly id: string; readonly sizeBytes: number };

export type PackUse = {
  readonly pack: IndexedPack;
  /** Stored bytes, with tags, of chunks that are at home here, and of all others. */
  readonly usedBytes: number;
  readonly unusedBytes: number;
  /** Which of its entries are at home here: one byte each. */
  readonly home: Uint8Array;
};

export function planCollection(
  index: ChunkIndex,
  reachable: Pick<ReachableChunks, 'has'>,
  options: PlanOptions,
): CollectionPlan {
  const uses = new PackUses(index, reachable, options.pending).all();
  const needless = uses.filter(({ usedBytes }) => usedBytes === 0);
  const needed = uses.filter(({ usedBytes }) => usedBytes > 0);
  const orphans = index.orphans.filter(({ id }) => !options.pending.has(id));
  return {
    rewrite: chooseRewrites(needed, options),
    condemn: [
      ...needless.map(({ pack: { id, listedBytes } }) => ({ id, sizeBytes: listedBytes })),
      ...orphans,
    ],
    bytesUsed: sum(needed, ({ usedBytes }) => usedBytes),
    bytesUnused: sum(uses, ({ unusedBytes }) => unusedBytes) + sum(orphans, ({ sizeBytes }) => sizeBytes),
  };
}

type Draft = {
  readonly pack: IndexedPack;
  readonly contents: PackEntries;
  readonly home: Uint8Array;
  usedBytes: number;
  totalBytes: number;
};

class PackUses {
  readonly #index: ChunkIndex;
  readonly #drafts = new Map<string, Draft>();
  /** Reachable chunks with several homes to choose from, by fingerprint. */
  readonly #shared = new Map<string, readonly { readonly draft: Draft; readonly ordinal: number }[]>();

  constructor(index: ChunkIndex, reachable: Pick<ReachableChunks, 'has'>, pending: ReadonlySet<string>) {
    this.#index = index;
    for (const pack of index.packs) if (!pending.has(pack.id)) this.#draft(pack);
    for (const draft of this.#drafts.values()) this.#count(draft, reachable);
    for (const homes of this.#shared.values()) this.#settle(homes);
  }

  all(): readonly PackUse[] {
    return [...this.#drafts.values()].map(({ pack, home, usedBytes, totalBytes }) => ({
      pack,
      home,
      usedBytes,
      unusedBytes: totalBytes - usedBytes,
    }));
  }

  #draft(pack: IndexedPack): void {
    const contents = this.#index.contentsOf(pack.id);
    if (contents === undefined) return;
    const home = new Uint8Array(contents.count);
    this.#drafts.set(pack.id, { pack, contents, home, usedBytes: 0, totalBytes: 0 });
  }

  #count(draft: Draft, reachable: Pick<ReachableChunks, 'has'>): void {
    const { fingerprints, storedBytes, count } = draft.contents;
    for (let ordinal = 0; ordinal < count; ordinal += 1) {
      const at = ordinal * fingerprintBytes;
      draft.totalBytes += storedBytes[ordinal]!;
      if (!reachable.has(fingerprints, at)) continue;
      const fingerprint = fingerprints.subarray(at, at + fingerprintBytes);
      const homes = this.#homesOf(fingerprint);
      if (homes.length === 1 && homes[0]!.draft === draft) takeIn(draft, homes[0]!.ordinal);
      else if (homes.length > 1) this.#shared.set(Buffer.from(fingerprint).toString('latin1'), homes);
    }
  }

  /** Copies in whole packs that nobody condemned; of a chunk that has none of these, the others that are whole. */
  #homesOf(fingerprint: Uint8Array): readonly { readonly draft: Draft; readonly ordinal: number }[] {
    const copies = this.#index.copies(fingerprint);
    const known = this.#index.isKnown(fingerprint);
    return copies.flatMap(({ packId, ordinal }) => {
      const draft = this.#drafts.get(packId);
      if (draft === undefined || draft.pack.listedBytes < draft.pack.sizeBytes) return [];
      return known && draft.pack.condemned ? [] : [{ draft, ordinal }];
    });
  }

  #settle(homes: readonly { readonly draft: Draft; readonly ordinal: number }[]): void {
    const [best] = homes.toSorted(
      (a, b) => useOf(b.draft) - useOf(a.draft) || (a.draft.pack.id < b.draft.pack.id ? -1 : 1),
    );
    takeIn(best!.draft, best!.ordinal);
  }
}

function takeIn(draft: Draft, ordinal: number): void {
  if (draft.home[ordinal] === 1) return;
  draft.home[ordinal] = 1;
  draft.usedBytes += draft.contents.storedBytes[ordinal]!;
}

function useOf({ usedBytes, totalBytes }: Draft): number {
  return usedBytes / totalBytes;
}

function chooseRewrites(needed: readonly PackUse[], options: PlanOptions): readonly PackUse[] {
  const { maxRewriteBytes, maxUnusedPercent, epochWanted } = options;
  const byGain = needed.toSorted(
    (a, b) => unusedShare(b) - unusedShare(a) || (a.pack.id < b.pack.id ? -1 : 1),
  );
  const small = smallPacks(needed, options.minPackBytes);
  const usedBytes = sum(needed, (use) => use.usedBytes);
  const unusedAllowed =
    maxUnusedPercent >= 100 ? Infinity : (usedBytes * maxUnusedPercent) / (100 - maxUnusedPercent);
  let unusedBytes = sum(needed, (use) => use.unusedBytes);
  let rewritten = 0;
  const isForced = ({ pack }: PackUse) =>
    pack.condemned || small.has(pack.id) || (epochWanted !== undefined && pack.epoch !== epochWanted);
  const chosen: PackUse[] = [];
  for (const use of [...byGain.filter(isForced), ...byGain.filter((each) => !isForced(each))]) {
    const isWorth = use.unusedBytes > 0 && unusedBytes > unusedAllowed;
    if (!(isForced(use) || isWorth) || rewritten + use.usedBytes > maxRewriteBytes) continue;
    chosen.push(use);
    rewritten += use.usedBytes;
    unusedBytes -= use.unusedBytes;
  }
  return chosen;
}

/** Small packs of one type that make fewer packs when they are merged. */
function smallPacks(needed: readonly PackUse[], minPackBytes: number): ReadonlySet<string> {
  const small = needed.filter(({ pack }) => pack.sizeBytes < minPackBytes);
  const byType = Map.groupBy(small, ({ pack }) => pack.type);
  return new Set(
    [...byType.values()].filter((of) => of.length > 1).flatMap((of) => of.map(({ pack }) => pack.id)),
  );
}

function unusedShare({ usedBytes, unusedBytes }: PackUse): number {
  return unusedBytes / (usedBytes + unusedBytes + tagBytes);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
