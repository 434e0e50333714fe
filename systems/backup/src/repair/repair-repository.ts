// `repair`: index from packs, packs from what is readable of them, snapshots without what is lost (DESIGN.md, "Verify and repair"). Every step adds
// before it takes away, so it may be stopped at any moment and begun again; backups may run beside it. A repository
// without both copies of its keyring cannot be helped: nothing else has the keys.

import { ChunkCopies, keyOf } from '../check/chunk-copies.ts';
import { addHurtFiles, walkManifests } from '../check/verify-manifests.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import { findHurtCopies, mendCopies } from '../core/keys/second-copies.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { idOf, objectName } from '../format/object-names.ts';
import { isThere } from '../transform/commit-transformed.ts';
import { TwinSnapshots } from '../transform/twin-snapshots.ts';
import { replacedObjects } from './rebuild-index.ts';
import { type Rebuilt, rebuildPacksAndIndex } from './rebuild-packs.ts';
import { hurtLists, removeHurtLists } from './remove-hurt-lists.ts';
import { planRepair, type RepairPlan } from './repair-plan.ts';
import type { RepairedSnapshot, RepairOptions, RepairProgress, RepairReport } from './repair-report.ts';
import { repairSnapshot } from './repair-snapshots.ts';

/**
 * Repairs as far as can be, and says what. Throws `denied` for an append-only key, `store`.
 *
 * @example
 * const report = await repairRepository(repository, { host, user, dryRun: true, readData: true, forget: false });
 */
export async function repairRepository(
  repository: Repository,
  options: RepairOptions,
): Promise<RepairReport> {
  if (repository.key.appendOnly && !options.dryRun) {
    throw new BackupError('denied', {
      attempted: 'repair',
      detail: 'an append-only key cannot remove anything',
    });
  }
  const onProgress = (progress: RepairProgress) => options.onProgress?.(progress);
  const hurtCopies = await findHurtCopies(repository);
  const plan = await planRepair(repository, { ...options, onProgress });
  const listsRemoved = hurtLists(plan.hurt);
  const snapshotsLost = plan.hurt.flatMap((name) => idOf('snapshots', name) ?? []);
  if (!options.dryRun) {
    await mendCopies(repository, hurtCopies);
    await removeHurtLists(repository, listsRemoved);
    if (options.forget) await forgetSnapshots(repository, snapshotsLost);
  }
  const rebuilt = options.dryRun
    ? await pretend(plan)
    : await rebuildPacksAndIndex(repository, plan, options);
  const snapshotsExamined = !options.dryRun || plan.add.length === 0;
  const { snapshots, chunksLost } = snapshotsExamined
    ? await repairSnapshots(repository, plan, options)
    : { snapshots: [], chunksLost: 0 };
  return {
    findings: plan.findings.finish(),
    index: {
      packsAdded: rebuilt.added.map(({ id }) => objectName('packs', id)),
      packsDropped: [...plan.drop].map((id) => objectName('packs', id)),
      objectsWritten: rebuilt.written,
      objectsRemoved: rebuilt.removed,
    },
    salvage: { chunks: rebuilt.chunks, bytes: rebuilt.bytes, chunksLost },
    copiesMended: hurtCopies.map(({ name }) => name),
    listsRemoved,
    snapshots,
    snapshotsLost,
    snapshotsExamined,
  };
}

/** What a dry run can tell: chunks of damaged packs that have another copy are counted, too. */
async function pretend(plan: RepairPlan): Promise<Rebuilt> {
  let chunks = 0;
  let bytes = 0;
  for (const examination of plan.damaged.values()) {
    chunks += examination.chunks - examination.bad.length;
    bytes += examination.rawBytes;
  }
  const removed = replacedObjects(plan).map((id) => objectName('index', id));
  return { chunks, bytes, added: plan.add, written: 0, removed };
}

type SnapshotsOutcome = { readonly snapshots: readonly RepairedSnapshot[]; readonly chunksLost: number };

async function repairSnapshots(
  repository: Repository,
  plan: RepairPlan,
  options: RepairOptions,
): Promise<SnapshotsOutcome> {
  const { signal } = options;
  // Those committed meanwhile, too: they may rely on what was lost. Before the index, which has to know their chunks.
  const { snapshots: all } = await repository.snapshots();
  const index = await repository.index({ refresh: true });
  const copies = new ChunkCopies(index, plan.bad);
  const { graph } = await walkManifests({ repository, snapshots: all, copies, signal, onDirectory() {} });
  const hurt = all.filter(({ root }) => graph.isHurt(keyOf(root.fingerprints)));
  const snapshots: RepairedSnapshot[] = [];
  const twins = new TwinSnapshots(repository);
  for (const snapshot of hurt) {
    // It may be hurt because it was forgotten, and gc has collected it since it was listed.
    if (!(await isThere(repository, snapshot.id))) continue;
    addHurtFiles(plan.findings, snapshot, graph);
    snapshots.push(await repairSnapshot(repository, snapshot, { ...options, copies, graph, twins }));
    options.onProgress?.({ stage: 'snapshots', done: snapshots.length, total: hurt.length });
  }
  return { snapshots, chunksLost: copies.countLost((cause) => plan.findings.isDamage(cause)) };
}
