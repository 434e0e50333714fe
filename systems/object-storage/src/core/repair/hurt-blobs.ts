// Finds the objects of blobs that are hurt, by a scan of all rows.

import { referencePageRows } from '../../limits.ts';
import { type BlobHolder, firstHolder, type HolderCursor } from '../../metadata/blob-holders.ts';
import type { HurtHolder, HurtHoldersPage } from '../../metadata/hurt-holders.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { CursorWatch } from '../cursor-watch.ts';

/** Most blobs have one holder; those of copies are as many as there are, up to a bound. */
export type HurtBlob = { readonly blob: string; readonly holders: readonly HurtHolder[] };

/** Any of them may have a replica; what is repaired is repaired for all. */
const holdersMax = 100;

/** Blobs that no row names are left out. `between` is called between two pages. */
export async function findHurtBlobs(
  metadata: MetadataSql,
  blobs: readonly string[],
  between: () => Promise<void> = async () => {},
): Promise<readonly HurtBlob[]> {
  const found = new Map<string, HurtHolder[]>();
  const watch = new CursorWatch();
  for (let cursor: HolderCursor | undefined = firstHolder; cursor !== undefined; ) {
    watch.passed(cursor);
    const page: HurtHoldersPage = await metadata.read('listHurtHolders', {
      ...{ cursor, limit: referencePageRows, blobs },
    });
    for (const hurt of page.found) {
      const known = found.get(hurt.holder.blob) ?? [];
      if (known.length < holdersMax) known.push(hurt);
      found.set(hurt.holder.blob, known);
    }
    cursor = page.next;
    await between();
  }
  return [...found].map(([blob, holders]) => ({ blob, holders }));
}

export function nameOf({ table, bucket, key, id, partNumber }: BlobHolder): string {
  const part = partNumber === undefined ? '' : `part ${partNumber} of `;
  return `${part}${table === 'object' ? 'object' : `${table} ${id} of`} ${bucket}/${key}`;
}
