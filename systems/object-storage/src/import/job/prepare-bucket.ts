// Makes the bucket that an import goes into, as the source has it.

import type { ObjectStorage, Versioning } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { Source } from '../source/open-source.ts';
import { type Patience, patiently } from '../source/patient.ts';
import { isRefused, reasonOf } from '../source/source-error.ts';
import type { ImportReport } from './import-report.ts';
import { takeSettings } from './take-settings.ts';

export type PrepareParts = {
  readonly source: Source;
  readonly storage: ObjectStorage;
  readonly owner: string;
  readonly patience: Patience;
  readonly report: ImportReport;
};

/** Undefined for a bucket that was never versioned, `hidden` for one of which the source does not say. */
export async function versioningThere(
  { source, patience, report }: PrepareParts,
  bucket: string,
): Promise<Versioning | 'hidden' | undefined> {
  try {
    const command = () => source.client.send(new source.sdk.GetBucketVersioningCommand({ Bucket: bucket }));
    const { Status } = await patiently(patience, command);
    if (Status === 'Enabled') return 'enabled';
    return Status === 'Suspended' ? 'suspended' : undefined;
  } catch (error) {
    if (!isRefused(error)) throw error;
    report.notes([
      `bucket ${bucket}: versions are not shown (${reasonOf(error)}): only what is current moves`,
    ]);
    return 'hidden';
  }
}

type Preparing = {
  readonly bucket: string;
  readonly as: string;
  readonly versioning: Versioning | undefined;
  readonly dryRun: boolean;
};

/** Gives whether the bucket is there, which in a dry run it need not be. What is set for one that was there stays. */
export async function prepareBucket(parts: PrepareParts, preparing: Preparing): Promise<boolean> {
  const { storage, owner, report } = parts;
  const { bucket, as, versioning, dryRun } = preparing;
  const found = await storage.headBucket({ bucket: as }).catch((error: unknown) => {
    if (error instanceof ObjectStorageError && error.code === 'NoSuchBucket') return undefined;
    throw error;
  });
  if (dryRun) return found !== undefined;
  if (found === undefined) await storage.createBucket({ bucket: as, owner });
  // Settings such as object lock want it; it may be suspended behind them.
  if (versioning !== undefined && found?.versioning === undefined) {
    await storage.setBucketVersioning({ bucket: as, versioning: 'enabled' });
    if (found !== undefined) report.notes([`bucket ${as}: versioning was enabled, as the source has it`]);
  }
  report.notes(await takeSettings(parts, { bucket, as }));
  if (versioning === 'suspended' && found?.versioning !== 'suspended')
    await storage.setBucketVersioning({ bucket: as, versioning });
  return true;
}
