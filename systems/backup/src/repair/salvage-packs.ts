// Stores anew what can be read of damaged packs. The packs themselves stay until `gc` finds them in no index object.

import { type PackExamination, readableChunks } from '../check/examine-pack.ts';
import { readPackSummary } from '../check/index-claims.ts';
import { readBlob } from '../check/read-blob.ts';
import type { Repository } from '../core/repository.ts';
import { objectName } from '../format/object-names.ts';
import { packBytesHighest } from '../limits.ts';
import { PackReader } from '../packing/open-pack.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';
import type { ChunkStore } from '../transform/chunk-store.ts';
import type { RepairPlan } from './repair-plan.ts';

/**
 * One pack in memory at a time. `store` must not rely on the packs that are dropped. Chunks that have another copy are not
 * stored again.
 */
export async function salvagePacks(
  repository: Repository,
  plan: RepairPlan,
  store: ChunkStore,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = new PackReader(repository.config, repository.keyring);
  for (const [id, examination] of plan.damaged) {
    signal?.throwIfAborted();
    const summary = await summaryOf(repository, plan, id, examination);
    const bytesMax = 2 * packBytesHighest;
    const bytes = await readBlob(repository.blobs, objectName('packs', id), { bytesMax, signal });
    if (summary === undefined || bytes === undefined) continue;
    for (const { fingerprint, raw } of readableChunks(reader, bytes, summary))
      await store.putKnownAs(summary.type, Uint8Array.from(fingerprint), raw);
  }
}

async function summaryOf(
  repository: Repository,
  { claims }: RepairPlan,
  id: string,
  { footer }: PackExamination,
): Promise<PackSummary | undefined> {
  return footer ?? readPackSummary(repository, id, claims.packs.get(id)?.objects ?? []);
}
