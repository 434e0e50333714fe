// `gc`: what the background does by and by, at once, and what came back.

import type { DataStore } from '../../data/data-store.ts';
import type { GarbageWorker } from '../garbage-worker.ts';
import type { GcReport } from '../object-storage.ts';

export async function collectGarbage({
  garbage,
  data,
}: {
  garbage: GarbageWorker;
  data: DataStore;
}): Promise<GcReport> {
  const before = await data.stats();
  const { garbageBlobs, orphans } = await garbage.collect();
  const { copiedBytes, failure } = await data.compact();
  const problems: string[] = [];
  if (orphans.kind === 'refused') {
    problems.push(`orphans were left alone, the metadata store is damaged: ${orphans.findings.join('; ')}`);
  }
  if (failure !== undefined) problems.push(`compaction ended early: ${failure.message}`);
  const after = await data.stats();
  return {
    garbageBlobs,
    orphanBlobs: orphans.kind === 'collected' ? orphans.blobs : 0,
    copiedBytes,
    freedBytes: after.freedBytes - before.freedBytes,
    problems,
  };
}
