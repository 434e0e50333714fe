// The rows of the metadata store against their checksums and against each other. What cannot be read is a finding too: the
// other tables are looked at all the same.

import { SqlError } from '@cairn/engines';
import { firstRow, type RowCheckPage, type RowCursor, startAfter } from '../metadata/row-check.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { CursorWatch } from './cursor-watch.ts';
import type { Finding } from './object-storage.ts';

const pageRows = 1_000;

export async function checkMetadataRows(metadata: MetadataSql): Promise<readonly Finding[]> {
  // What is come by again is told once.
  const findings = new Map<string, Finding>();
  let unsealed = 0;
  for (let start: RowCursor | undefined = firstRow; start !== undefined; start = startAfter(start.table)) {
    for await (const page of pagesOf(metadata, start)) {
      for (const finding of page.findings) findings.set(`${finding.where} ${finding.detail}`, finding);
      unsealed += page.unsealed;
    }
  }
  if (unsealed === 0) return [...findings.values()];
  const detail = `${unsealed} rows from before there were checksums have none; each gets one when it is written`;
  return [...findings.values(), { severity: 'notice', where: 'metadata', detail }];
}

type Page = { readonly findings: readonly Finding[]; readonly unsealed: number };

/** Of one table, as far as it can be read. */
async function* pagesOf(metadata: MetadataSql, start: RowCursor): AsyncIterable<Page> {
  const watch = new CursorWatch();
  let cursor: RowCursor | undefined = start;
  try {
    while (cursor?.table === start.table) {
      watch.passed(cursor);
      const page: RowCheckPage = await readPage(metadata, cursor);
      const findings = page.findings.map((finding) => ({ severity: 'damage', ...finding }) as const);
      yield { findings, unsealed: page.unsealed };
      cursor = page.next;
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const { table, ...place } = cursor ?? start;
    const detail = `its rows behind ${JSON.stringify(place)} were not checked: ${error.message}`;
    yield { findings: [{ severity: 'damage', where: `table ${table}`, detail }], unsealed: 0 };
  }
}

/** As many rows as can be read: those in front of one that cannot be may. */
async function readPage(metadata: MetadataSql, cursor: RowCursor): Promise<RowCheckPage> {
  for (let limit = pageRows; ; limit = Math.ceil(limit / 10)) {
    try {
      return await metadata.read('checkRows', { cursor, limit });
    } catch (error) {
      if (!isUnreadable(error) || limit === 1) throw error;
    }
  }
}

/** A page that the engine cannot read, or a number that is none of ours. While the engine is away nothing is known. */
export function isUnreadable(error: unknown): error is SqlError {
  return error instanceof SqlError && (error.code === 'corrupt' || error.code === 'failed');
}
