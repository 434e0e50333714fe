// Deletes here what was deleted there, and only what was imported: a client's own versions stay, whatever their keys are.

import type { ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { listSource } from '../source/list-source.ts';
import type { PassParts, PassPlace } from './pass-parts.ts';
import { importMark } from './source-mark.ts';
import type { TargetKey } from './target-keys.ts';
import type { TargetVersion } from './version-plan.ts';

/** A key that the listing of the source did not name: it is asked for once more, since a listing that is wrong must not delete. */
export async function removeKey(
  parts: PassParts,
  place: PassPlace,
  { key, versions }: TargetKey,
): Promise<void> {
  const marked = [];
  for (const version of versions) if (await mayBeRemoved(parts, place, key, version)) marked.push(version);
  if (marked.length === 0 || (await isListed(parts, place, key))) return;
  for (const version of marked) await removeVersion(parts, place, key, version);
}

/** A version that the source no longer has beside others of its key. */
export async function removeVersion(
  parts: PassParts,
  place: PassPlace,
  key: string,
  here: TargetVersion,
): Promise<void> {
  const { storage, report, source } = parts;
  const { versionId } = here;
  const mark = importMark({ server: source.server, bucket: place.bucket, key });
  const name = { bucket: place.as, key, versionId };
  if (!(await mayBeRemoved(parts, place, key, here))) return;
  if (parts.dryRun) return report.removed();
  try {
    await storage.deleteObject({ ...name, condition: { ifImported: mark } });
    report.removed();
  } catch (error) {
    if (!(error instanceof ObjectStorageError)) throw error;
    // A client's own, or gone already.
    if (error.code === 'PreconditionFailed' || error.code === 'NoSuchKey') return;
    report.fails({
      bucket: place.bucket,
      key,
      versionId,
      reason: `it is gone there, and stays here: ${error.code}: ${error.message}`,
    });
  }
}

async function importedHere(
  storage: ObjectStorage,
  name: { readonly bucket: string; readonly key: string; readonly versionId: string },
): Promise<string | undefined> {
  try {
    return (await storage.headObject(name)).imported;
  } catch (error) {
    if (error instanceof ObjectStorageError && error.status === 404) return undefined;
    throw error;
  }
}

/** Whether it was imported from that key; of a delete marker only the transaction that deletes can tell. */
async function mayBeRemoved(
  { storage, source }: PassParts,
  { bucket, as }: PassPlace,
  key: string,
  { versionId, deleteMarker }: TargetVersion,
): Promise<boolean> {
  if (deleteMarker) return true;
  const mark = importMark({ server: source.server, bucket, key });
  return (await importedHere(storage, { bucket: as, key, versionId })) === mark;
}

async function isListed(
  { source, patience }: PassParts,
  { bucket, versioned }: PassPlace,
  key: string,
): Promise<boolean> {
  const range = { bucket, prefix: key, after: '', versioned };
  for await (const found of listSource(source, range, patience)) return found.key === key;
  return false;
}
