// Seals the segments that are being written when enough of them is dead: only a sealed segment can be emptied. For `gc`
// and for a disk without room; in the background a segment is sealed when it is full.

import { type SegmentLog, SegmentLogError } from '@cairn/segment-log';
import type { BlobIndex } from '../blob-index.ts';
import type { IndexSql } from '../index-store.ts';
import { segmentName } from '../segment-name.ts';

export async function rollWorthwhile(parts: {
  readonly logs: readonly SegmentLog[];
  readonly sql: IndexSql;
  readonly index: BlobIndex;
  readonly deadFraction: number;
}): Promise<void> {
  await parts.index.flush();
  const { counted } = await parts.sql.read('listSegments', {});
  const live = new Map(counted.map((count) => [segmentName(count), count.bytes]));
  for (const [log, segmentLog] of parts.logs.entries()) {
    const { segment, position } = segmentLog.end;
    const bytes = live.get(segmentName({ log, segment })) ?? 0;
    if (bytes > position * (1 - parts.deadFraction)) continue;
    // A log that has ended takes no roll; its segments wait for the next start.
    await segmentLog.roll().catch((error: unknown) => {
      if (!(error instanceof SegmentLogError)) throw error;
    });
  }
}
