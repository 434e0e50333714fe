// Moves a version that is missing here, and tells what became of it.

import type { ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { nullVersionId } from '../../metadata/version-order.ts';
import { patiently } from '../source/patient.ts';
import { isGone, reasonOf, statusOf } from '../source/source-error.ts';
import { moveVersion } from './move-version.ts';
import type { PassParts, PassPlace } from './pass-parts.ts';
import { importMark } from './source-mark.ts';
import type { PlannedVersion } from './version-plan.ts';

export async function moveMissing(
  parts: PassParts,
  place: PassPlace,
  key: string,
  planned: PlannedVersion,
): Promise<void> {
  const { report, storage } = parts;
  const { version } = planned;
  if (parts.dryRun) return report.imported(planned, true);
  const mark = importMark({ server: parts.source.server, bucket: place.bucket, key });
  const move = {
    from: { bucket: place.bucket, key, versioned: place.versioned },
    to: { bucket: place.as, locks: place.locks },
    ...{ mark, planned, owner: parts.owner },
  };
  try {
    if (await isForeign(storage, move))
      return report.fails({ ...failureName(place, key, planned), reason: foreign });
    const moved = await patiently(parts.patience, () => moveVersion(parts, move));
    if (moved.outcome === 'placed') report.imported(planned, moved.verified);
    else if (moved.outcome === 'present') report.listed(0, 1);
    else report.fails({ ...failureName(place, key, planned), reason: foreign });
  } catch (error) {
    parts.signal.throwIfAborted();
    // It changed there since it was listed: the next pass takes what it is by then.
    if (version.versionId === nullVersionId && (isGone(error) || statusOf(error) === 412))
      return report.changed();
    if (isGone(error)) return report.changed();
    if (error instanceof ObjectStorageError && fatalHere.has(error.code)) throw error;
    report.fails({ ...failureName(place, key, planned), reason: reasonOf(error) });
  }
}

/** What would fail for every version. */
const fatalHere: ReadonlySet<string> = new Set(['InsufficientStorage', 'NoSuchBucket']);

const foreign = 'a client wrote another object under this key here: it is left alone';

function failureName({ bucket }: PassPlace, key: string, { version }: PlannedVersion) {
  return { bucket, key, versionId: version.versionId };
}

/** Of an object in the way, before any byte moves, whether it was not imported from there. */
async function isForeign(storage: ObjectStorage, move: Parameters<typeof moveVersion>[1]): Promise<boolean> {
  const { planned, to, from, mark } = move;
  const { replaces } = planned;
  if (replaces === undefined || replaces.deleteMarker) return false;
  const versionId = nullVersionId;
  const info = await storage.headObject({ bucket: to.bucket, key: from.key, versionId });
  return info.imported !== mark;
}
