// The counts of blobs that copies share, against the rows that share them.

import { firstShare, type ShareCheckPage, type ShareCursor } from '../metadata/share-check.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { isUnreadable } from './check-rows.ts';
import { CursorWatch } from './cursor-watch.ts';
import type { Finding } from './object-storage.ts';

const pageRows = 500;

export async function checkMetadataShares(metadata: MetadataSql): Promise<readonly Finding[]> {
  const findings = new Map<string, Finding>();
  try {
    for await (const page of sharePages(metadata))
      for (const finding of page.findings) findings.set(`${finding.where} ${finding.detail}`, finding);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const detail = `it cannot be read to its end: ${error.message}`;
    findings.set('', { severity: 'damage', where: 'table share', detail });
  }
  return [...findings.values()];
}

async function* sharePages(metadata: MetadataSql): AsyncIterable<ShareCheckPage> {
  const watch = new CursorWatch();
  let cursor: ShareCursor | undefined = firstShare;
  while (cursor !== undefined) {
    watch.passed(cursor);
    const page: ShareCheckPage = await metadata.read('checkShares', { cursor, limit: pageRows });
    yield page;
    cursor = page.next;
  }
}

/** How many counts were wrong and are right now. Throws SqlError for what cannot be read. */
export async function recountMetadataShares(
  metadata: MetadataSql,
  { rowsAreIntact }: { rowsAreIntact: boolean },
): Promise<number> {
  const watch = new CursorWatch();
  let recounted = 0;
  let cursor: ShareCursor | undefined = firstShare;
  while (cursor !== undefined) {
    watch.passed(cursor);
    const page: { readonly recounted: number; readonly next: ShareCursor | undefined } = await metadata.write(
      'recountShares',
      { cursor, limit: pageRows, rowsAreIntact },
    );
    recounted += page.recounted;
    cursor = page.next;
  }
  return recounted;
}
