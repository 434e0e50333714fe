// Stores anew what can be read of packs that are dead or about to be. The packs themselves stay until `gc` carries the verdict out.

import { type PackExamination, readableChunks } from '../check/examine-pack.ts';
import { readPackSummary } from '../check/index-claims.ts';
import { readPack } from '../check/read-pack.ts';
import type { Repository } from '../core/repository.ts';
import { onStore } from '../core/store/store-error.ts';
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
export async function salvageDamaged(
  repository: Repository,
  plan: RepairPlan,
  store: ChunkStore,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = new PackReader(repository.config, repository.keyring);
  for (const [id, examination] of plan.damaged) {
    const summary = await summaryOf(repository, plan, id, examination);
    if (summary !== undefined) await salvagePack(repository, reader, { summary, store, signal });
  }
}

/** The same of packs that are sound, and that somebody else has decided to delete. */
export async function salvageSound(
  repository: Repository,
  packs: readonly PackSummary[],
  store: ChunkStore,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = new PackReader(repository.config, repository.keyring);
  for (const summary of packs) await salvagePack(repository, reader, { summary, store, signal });
}

type Salvage = {
  readonly summary: PackSummary;
  readonly store: ChunkStore;
  readonly signal: AbortSignal | undefined;
};

async function salvagePack(
  { blobs, world }: Repository,
  reader: PackReader,
  { summary, store, signal }: Salvage,
): Promise<void> {
  signal?.throwIfAborted();
  const name = objectName('packs', summary.id);
  const info = await onStore(`look up ${name}`, () => blobs.head(name));
  const target = new Uint8Array(Math.min(info?.sizeBytes ?? 0, 2 * packBytesHighest));
  const read = await readPack({ blobs, world, name, signal }, target);
  if (read === undefined) return;
  for (const { fingerprint, raw } of readableChunks(reader, read.bytes, summary))
    await store.putKnownAs(summary.type, Uint8Array.from(fingerprint), raw);
}

async function summaryOf(
  repository: Repository,
  { claims }: RepairPlan,
  id: string,
  { footer }: PackExamination,
): Promise<PackSummary | undefined> {
  return footer ?? readPackSummary(repository, id, claims.packs.get(id)?.objects ?? []);
}
