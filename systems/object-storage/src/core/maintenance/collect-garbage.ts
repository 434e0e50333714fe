// `gc`: what the background does by and by, at once, and what came back.

import type { DataStore } from '../../data/data-store.ts';
import type { GarbageWorker } from '../garbage-worker.ts';
import type { GcReport } from '../object-storage.ts';
import type { TransitionWorkers } from '../transition/transition-workers.ts';

export async function collectGarbage({
  garbage,
  data,
  transitions,
}: {
  garbage: GarbageWorker;
  data: DataStore;
  transitions: TransitionWorkers;
}): Promise<GcReport> {
  const before = await data.stats();
  const placed = await transitions.collect();
  const { garbageBlobs, orphans } = await garbage.collect();
  const { copiedBytes, failure } = await data.compact();
  const problems: string[] = [...placed.problems];
  if (orphans.kind === 'refused') {
    problems.push(`orphans were left alone, the metadata store is damaged: ${orphans.findings.join('; ')}`);
  }
  if (failure !== undefined) problems.push(`compaction ended early: ${failure.message}`);
  const after = await data.stats();
  return {
    garbageBlobs: garbageBlobs + placed.removedBlobs,
    orphanBlobs: orphans.kind === 'collected' ? orphans.blobs : 0,
    copiedBytes,
    freedBytes: after.freedBytes - before.freedBytes,
    problems,
  };
}
