// Finds blobs that nothing refers to and removes them: what a crash between the sync of a blob and the commit of its row
// left, or a metadata store that failed, or an index that was made again from the segments.
//
// A blob is an orphan when its fate is decided (data/blob-ids.ts) and no row names it. The order proves it: first the
// bounds are taken, then the blobs within them are listed, then all references are read. A decided blob without a row
// never gets one, because only the call that wrote it knew its id.

import type { DataStore, OrphanBounds } from '../../data/data-store.ts';
import { orphanBatchBlobs, referencePageRows } from '../../limits.ts';
import {
  type BlobReferenceCursor,
  type BlobReferencePage,
  blobIdLength,
  firstBlobReference,
} from '../../metadata/blob-references.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { checkMetadataRows, isUnreadable } from '../check-rows.ts';
import { checkMetadataShares } from '../check-shares.ts';
import { CursorWatch } from '../cursor-watch.ts';
import type { MovingBlobs } from '../moving-blobs.ts';
import { BlobSet } from './blob-set.ts';

export type OrphanSearch = {
  readonly metadata: MetadataSql;
  readonly data: DataStore;
  readonly movingBlobs: MovingBlobs;
  readonly signal: AbortSignal;
  /** Only for tests: `orphanBatchBlobs` unless given. */
  readonly batchBlobs?: number;
};

export type OrphanOutcome =
  | { readonly kind: 'collected'; readonly blobs: number }
  /** What the metadata store says cannot be trusted: rows that it does not show may be there. Nothing was removed. */
  | { readonly kind: 'refused'; readonly findings: readonly string[] };

/** Looks at all blobs from an id on. Memory is bounded by the batch; each batch reads all references once. */
export async function collectOrphans(
  search: OrphanSearch,
  { from, bounds = search.data.orphans }: { from: string; bounds?: OrphanBounds },
): Promise<OrphanOutcome> {
  const { end } = bounds;
  const undecided = bounds.undecided();
  let removed = 0;
  for (let after: string | undefined = from; after !== undefined; ) {
    const { batch, next } = await listCandidates(search, { after, end, undecided });
    const unread = await strikeReferenced(search, batch).catch(unlessUnreadable);
    if (unread !== undefined) return { kind: 'refused', findings: [unread.message] };
    if (batch.size > 0) {
      const findings = await metadataDamage(search.metadata);
      if (findings.length > 0) return { kind: 'refused', findings };
      removed += await removeBatch(search, { batch, after, end: next ?? end });
    }
    after = next;
  }
  return { kind: 'collected', blobs: removed };
}

/** What cannot be read may refer to any of them. */
function unlessUnreadable(error: unknown): Error {
  if (isUnreadable(error)) return error;
  throw error;
}

/** A row that rotted may name another blob than it did. */
async function metadataDamage(metadata: MetadataSql): Promise<readonly string[]> {
  const rows = await checkMetadataRows(metadata);
  const shares = await checkMetadataShares(metadata);
  const damaged = [...rows, ...shares].filter(({ severity }) => severity === 'damage');
  return [...(await metadata.check()), ...damaged.map(({ where, detail }) => `${where}: ${detail}`)];
}

type Batch = { readonly batch: BlobSet; readonly next: string | undefined };

async function listCandidates(
  { data, signal, batchBlobs = orphanBatchBlobs }: OrphanSearch,
  bounds: { after: string; end: string; undecided: ReadonlySet<string> },
): Promise<Batch> {
  const batch = new BlobSet();
  let { after } = bounds;
  while (batch.size < batchBlobs) {
    signal.throwIfAborted();
    const blobs = await data.listBlobs({ after, limit: referencePageRows });
    for (const blob of blobs) {
      if (blob >= bounds.end) return { batch, next: undefined };
      if (!bounds.undecided.has(blob)) batch.add(blob);
    }
    if (blobs.length === 0) return { batch, next: undefined };
    after = blobs.at(-1)!;
  }
  return { batch, next: after };
}

/** Takes out of the batch what a row refers to. */
async function strikeReferenced(search: OrphanSearch, batch: BlobSet): Promise<void> {
  const release = search.movingBlobs.guard(batch);
  try {
    await strikeFrom(search, batch);
  } finally {
    release();
  }
}

async function strikeFrom({ metadata, signal }: OrphanSearch, batch: BlobSet): Promise<void> {
  const watch = new CursorWatch();
  let cursor: BlobReferenceCursor | undefined = firstBlobReference;
  while (cursor !== undefined && batch.size > 0) {
    signal.throwIfAborted();
    watch.passed(cursor);
    const page: BlobReferencePage = await metadata.read('listBlobReferences', {
      cursor,
      limit: referencePageRows,
    });
    for (let at = 0; at < page.blobs.length; at += blobIdLength)
      batch.delete(page.blobs.slice(at, at + blobIdLength));
    cursor = page.next;
  }
}

async function removeBatch(
  { data, signal }: OrphanSearch,
  { batch, after, end }: { batch: BlobSet; after: string; end: string },
): Promise<number> {
  let removed = 0;
  for (let last = after; ; ) {
    signal.throwIfAborted();
    const blobs = await data.listBlobs({ after: last, limit: referencePageRows });
    const within = blobs.filter((blob) => blob <= end);
    const orphans = within.filter((blob) => batch.has(blob));
    if (orphans.length > 0) await data.remove(orphans);
    removed += orphans.length;
    if (within.length < blobs.length || blobs.length === 0) return removed;
    last = blobs.at(-1)!;
  }
}
