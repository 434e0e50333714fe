// A writer's course around the making of one snapshot from another: session, chunks, commit, and all of it again under a new
// id when a fence took the session for dead (DESIGN.md, W1-W5).

import type { Repository, SessionOptions, WriterSession } from '../core/repository.ts';
import { openBesideService, type SessionBesideService } from '../create/open-beside-service.ts';
import { BackupError } from '../errors.ts';
import { objectName } from '../format/object-names.ts';
import { decodeSnapshotRecord } from '../format/records/snapshot.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import type { OpenFingerprintService } from '../service/fingerprint-service.ts';
import { type ChunkCompression, withCompression } from './chunk-compression.ts';
import { ChunkStore } from './chunk-store.ts';
import { KnownChunks } from './known-chunks.ts';

export type SnapshotContent = Omit<Snapshot, 'kind' | 'id'>;
type MakeContent = (store: ChunkStore, session: WriterSession) => Promise<SnapshotContent | undefined>;
type CommitOptions = Pick<SessionOptions, 'purpose' | 'host' | 'user'> & {
  /** Of a run that makes several: workers are started once. */
  readonly compression?: ChunkCompression;
  /** Is asked which chunks are known, instead of the index. */
  readonly openService?: OpenFingerprintService | undefined;
};

const attemptsMax = 5;

/**
 * Resolves to the id of the new snapshot, or undefined when `make` found nothing to do. `make` stores what the snapshot refers
 * to; it is called again after a fence. Throws `fenced` when that happens five times.
 */
export async function commitTransformed(
  repository: Repository,
  options: CommitOptions,
  make: MakeContent,
): Promise<string | undefined> {
  const { compression, openService, ...described } = options;
  if (compression === undefined)
    return withCompression(repository, (own) =>
      commitTransformed(repository, { ...options, compression: own }, make),
    );
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const opened = await openBesideService(repository, described, openService);
    const outcome = await attemptOnce(repository, opened, { make, compression }).finally(() =>
      opened.service?.close(),
    );
    if (outcome === 'committed') return opened.session.id;
    if (outcome === 'nothing') return undefined;
  }
  throw new BackupError('fenced', { attempted: `commit what ${options.purpose} made` });
}

async function attemptOnce(
  repository: Repository,
  { session, service }: SessionBesideService,
  { make, compression }: { readonly make: MakeContent; readonly compression: ChunkCompression },
): Promise<'committed' | 'fenced' | 'nothing'> {
  try {
    const known = new KnownChunks(session.index, service && { service });
    const store = new ChunkStore(repository, session, { compression, known });
    const content = await make(store, session);
    if (content !== undefined) {
      await store.finish();
      await session.flush(); // what it registers, others may wait for
      if ((await service?.settle()) !== 'broken') return await session.commit(content);
      await session.abandon();
      return 'fenced';
    }
  } catch (error) {
    await session.abandon().catch(() => {}); // the first error is the one to tell
    if (error instanceof BackupError && error.code === 'fenced') return 'fenced';
    throw error;
  }
  await session.abandon();
  return 'nothing';
}

/**
 * Whether a snapshot is committed and not forgotten, right now. Its record is read: a month after it was forgotten its name may be that
 * of a fence, when its session came back by a late put.
 */
export async function isThere({ blobs, objects }: Repository, snapshotId: string): Promise<boolean> {
  const tombstone = await blobs.head(objectName('tombstones', snapshotId));
  if (tombstone !== undefined) return false;
  const object = objectName('snapshots', snapshotId);
  const payload = await objects.read({ kind: 'snapshot', name: object });
  return (
    payload !== undefined && decodeSnapshotRecord(payload, { id: snapshotId, object }).kind === 'snapshot'
  );
}

/** Throws `no-snapshot` when somebody has forgotten it meanwhile. */
export async function expectThere(repository: Repository, snapshotId: string): Promise<void> {
  if (await isThere(repository, snapshotId)) return;
  throw new BackupError('no-snapshot', {
    attempted: `make another snapshot of ${snapshotId}`,
    detail: 'it was forgotten meanwhile',
  });
}
