// The rows of the metadata store against their checksums and against each other.

import { firstRow, type RowCheckPage, type RowCursor } from '../metadata/row-check.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { Finding } from './object-storage.ts';

const pageRows = 1_000;

export async function checkMetadataRows(metadata: MetadataSql): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let unsealed = 0;
  let cursor: RowCursor | undefined = firstRow;
  while (cursor !== undefined) {
    const page: RowCheckPage = await metadata.read('checkRows', { cursor, limit: pageRows });
    for (const finding of page.findings) findings.push({ severity: 'damage', ...finding });
    unsealed += page.unsealed;
    cursor = page.next;
  }
  if (unsealed > 0) {
    const detail = `${unsealed} rows from before there were checksums have none; each gets one when it is written`;
    findings.push({ severity: 'notice', where: 'metadata', detail });
  }
  return findings;
}
