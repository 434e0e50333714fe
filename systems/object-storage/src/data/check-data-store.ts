// Looks for damage in a data store without changing anything.

import type { SegmentLog } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import type { BlobIndex } from './blob-index.ts';
import { BlobDamagedError, type BlobFinding, type BlobReader } from './data-store.ts';
import { type IndexSql, segmentsOf } from './index-store.ts';
import { blockCount, decodeRuns } from './runs.ts';

export type CheckParts = {
  readonly sql: IndexSql;
  readonly index: BlobIndex;
  readonly logs: readonly SegmentLog[];
  readonly deep: boolean;
  open(blob: string): Promise<BlobReader | undefined>;
};

const pageBlobs = 500;

export async function* checkDataStore(parts: CheckParts): AsyncIterable<BlobFinding> {
  await parts.index.flush();
  for (const detail of await parts.sql.check()) yield { blob: undefined, where: 'index', detail };
  for (const [log, segmentLog] of parts.logs.entries()) {
    for (const { segment, position, detail } of segmentLog.damage) {
      yield { blob: undefined, where: `log ${log}, segment ${segment} at ${position}`, detail };
    }
  }
  for (const { log, segment, counted, blobs } of await parts.sql.read('recountSegments', {})) {
    const detail = `the index counts ${counted} blobs in it, there are ${blobs}`;
    yield { blob: undefined, where: `log ${log}, segment ${segment}`, detail };
  }
  let after = '';
  for (;;) {
    const rows = await parts.sql.read('listBlobs', { after, limit: pageBlobs });
    if (rows.length === 0) return;
    for (const row of rows) yield* checkBlob(parts, row);
    after = rows.at(-1)!.id;
  }
}

async function* checkBlob(
  parts: CheckParts,
  row: { id: string; log: number; size: number; runs: Uint8Array },
): AsyncIterable<BlobFinding> {
  const runs = decodeRuns(row.runs);
  const blocks = runs.reduce((sum, run) => sum + run.blocks, 0);
  const where = `blob ${row.id} in log ${row.log}`;
  if (blocks !== blockCount(row.size)) {
    yield {
      blob: row.id,
      where,
      detail: `${row.size} bytes need ${blockCount(row.size)} blocks, the index has ${blocks}`,
    };
    return;
  }
  const present = new Set(parts.logs[row.log]?.segments().map((info) => info.segment));
  const missing = [...segmentsOf(runs)].filter((segment) => !present.has(segment));
  if (missing.length > 0) {
    yield { blob: row.id, where, detail: `its segments ${missing.join(', ')} are missing` };
  } else if (parts.deep) {
    yield* readBlob(parts, { blob: row.id, where });
  }
}

async function* readBlob(
  parts: CheckParts,
  { blob, where }: { blob: string; where: string },
): AsyncIterable<BlobFinding> {
  const reader = await parts.open(blob);
  if (reader === undefined) return; // Removed since its row was read.
  try {
    for await (const _chunk of reader.read({ start: 0, length: reader.sizeBytes }));
  } catch (error) {
    if (!(error instanceof BlobDamagedError || error instanceof DiskError)) throw error;
    yield { blob, where, detail: error.message };
  } finally {
    reader.close();
  }
}
