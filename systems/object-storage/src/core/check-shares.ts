// The counts of blobs that copies share, against the rows that share them.

import { firstShare, type ShareCheckPage, type ShareCursor } from '../metadata/share-check.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { Finding } from './object-storage.ts';

const pageRows = 500;

export async function checkMetadataShares(metadata: MetadataSql): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let cursor: ShareCursor | undefined = firstShare;
  while (cursor !== undefined) {
    const page: ShareCheckPage = await metadata.read('checkShares', { cursor, limit: pageRows });
    findings.push(...page.findings);
    cursor = page.next;
  }
  return findings;
}

/** How many counts were wrong and are right now. */
export async function recountMetadataShares(
  metadata: MetadataSql,
  { rowsAreIntact }: { rowsAreIntact: boolean },
): Promise<number> {
  let recounted = 0;
  let cursor: ShareCursor | undefined = firstShare;
  while (cursor !== undefined) {
    const page: { readonly recounted: number; readonly next: ShareCursor | undefined } = await metadata.write(
      'recountShares',
      { cursor, limit: pageRows, rowsAreIntact },
    );
    recounted += page.recounted;
    cursor = page.next;
  }
  return recounted;
}
