// Looks for damage in a data store without changing anything.

import { SqlError } from '@cairn/engines';
import type { SegmentLog } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import type { BlobIndex } from '../blob-index.ts';
import { BlobDamagedError, type BlobFinding, type BlobReader } from '../data-store.ts';
import { isSoundBlob, type StoredBlobRow } from '../index/blobs.ts';
import { blobChecksum } from '../index/tables.ts';
import type { IndexSql } from '../index-store.ts';
import { blockCount, decodeRuns, encodeRuns, segmentsOf } from '../runs.ts';
import type { DamageList } from './damage-list.ts';

export type CheckParts = {
  readonly sql: IndexSql;
  readonly index: BlobIndex;
  readonly logs: readonly SegmentLog[];
  readonly damage: DamageList;
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
  yield* unlessUnreadable('its counts', checkCounts(parts));
  await parts.damage.settled();
  for (const { blob, sinceMs, detail } of await parts.damage.list()) {
    yield { blob, where: `blob ${blob}`, detail: `${detail} (found ${new Date(sinceMs).toISOString()})` };
  }
  yield* unlessUnreadable('its blobs', checkBlobs(parts));
}

/** An index that cannot be read is a finding: everything else is told all the same. */
async function* unlessUnreadable(
  what: string,
  findings: AsyncIterable<BlobFinding>,
): AsyncIterable<BlobFinding> {
  try {
    yield* findings;
  } catch (error) {
    if (!(error instanceof SqlError) || (error.code !== 'corrupt' && error.code !== 'failed')) throw error;
    yield { blob: undefined, where: 'index', detail: `${what} cannot be checked: ${error.message}` };
  }
}

async function* checkBlobs(parts: CheckParts): AsyncIterable<BlobFinding> {
  let after = '';
  for (;;) {
    const rows = await parts.sql.read('listBlobs', { after, limit: pageBlobs });
    if (rows.length === 0) return;
    for (const row of rows) yield* checkBlob(parts, row);
    after = rows.at(-1)!.id;
  }
}

async function* checkCounts(parts: CheckParts): AsyncIterable<BlobFinding> {
  const { miscounts } = await parts.sql.read('recountSegments', {});
  for (const { log, segment, counted, found } of miscounts) {
    const says = counted === undefined ? 'lost its count of' : `counts ${textOf(counted)} in`;
    const detail = `the index ${says} it, there are ${textOf(found)}`;
    yield { blob: undefined, where: `log ${log}, segment ${segment}`, detail };
  }
}

function textOf({ blobs, bytes }: { blobs: number; bytes: number }): string {
  return `${blobs} blobs with ${bytes} bytes`;
}

async function* checkBlob(parts: CheckParts, row: StoredBlobRow): AsyncIterable<BlobFinding> {
  const where = `blob ${row.id} in log ${row.log}`;
  if (!isSoundBlob(row)) {
    yield { blob: row.id, where, detail: 'its row in the index is not what was written' };
    return;
  }
  const runs = decodeRuns(row.runs);
  const blocks = runs.reduce((sum, run) => sum + run.blocks, 0);
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
    // Compaction may have moved it since its row was read.
    const place = await parts.index.locate(row.id);
    if (place === undefined) return;
    const moved = encodeRuns(place.runs);
    if (!moved.equals(row.runs)) {
      const blob = { id: row.id, log: place.log, size: place.sizeBytes, runs: moved };
      return yield* checkBlob(parts, { ...blob, checksum: blobChecksum(blob) });
    }
    yield { blob: row.id, where, detail: `its segments ${missing.join(', ')} are missing` };
  } else if (parts.deep && !parts.damage.has(row.id)) {
    yield* readBlob(parts, { blob: row.id, where });
  }
}

async function* readBlob(
  parts: CheckParts,
  { blob, where }: { blob: string; where: string },
): AsyncIterable<BlobFinding> {
  let reader: BlobReader | undefined;
  try {
    // Where the order of the index rotted, another row is found than was listed.
    reader = await parts.open(blob);
    if (reader === undefined) return; // Removed since its row was read.
    for await (const _chunk of reader.read({ start: 0, length: reader.sizeBytes }));
  } catch (error) {
    if (!(error instanceof BlobDamagedError || error instanceof DiskError)) throw error;
    yield { blob, where, detail: error.message };
  } finally {
    reader?.close();
  }
}
