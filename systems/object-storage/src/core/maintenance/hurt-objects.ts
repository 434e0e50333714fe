// Reads every blob that an object or an unfinished upload needs, and names those that are hurt.

import { SegmentLogError } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import { BlobDamagedError, type DataStore } from '../../data/data-store.ts';
import { referencePageRows } from '../../limits.ts';
import {
  type BlobHolder,
  firstHolder,
  type HolderCursor,
  type HolderPage,
} from '../../metadata/blob-holders.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { CursorWatch } from '../cursor-watch.ts';
import type { HurtObject } from '../object-storage.ts';

/** What is hurt, and which blob of it is. */
export type HurtBlobOf = { readonly blob: string; readonly object: HurtObject };

export type ReadThrough = {
  readonly hurt: readonly HurtBlobOf[];
  readonly readBlobs: number;
  readonly readBytes: number;
};

export async function findHurtObjects({
  metadata,
  data,
}: {
  metadata: MetadataSql;
  data: DataStore;
}): Promise<ReadThrough> {
  const hurt: HurtBlobOf[] = [];
  let readBlobs = 0;
  let readBytes = 0;
  const watch = new CursorWatch();
  let cursor: HolderCursor | undefined = firstHolder;
  while (cursor !== undefined) {
    watch.passed(cursor);
    const page: HolderPage = await metadata.read('listBlobHolders', { cursor, limit: referencePageRows });
    for (const holder of page.holders) {
      const { bytes, detail } = await readThrough(data, holder);
      readBlobs++;
      readBytes += bytes;
      if (detail !== undefined) hurt.push({ blob: holder.blob, object: hurtObject(holder, detail) });
    }
    cursor = page.next;
  }
  return { hurt, readBlobs, readBytes };
}

async function readThrough(
  data: DataStore,
  { blob, sizeBytes }: BlobHolder,
): Promise<{ bytes: number; detail: string | undefined }> {
  try {
    const bytes = await data.verify(blob);
    if (bytes === undefined) return { bytes: 0, detail: `its blob ${blob} is missing` };
    if (bytes === sizeBytes) return { bytes, detail: undefined };
    return { bytes, detail: `it has ${sizeBytes} bytes, its blob ${blob} has ${bytes}` };
  } catch (error) {
    const expected =
      error instanceof BlobDamagedError || error instanceof DiskError || error instanceof SegmentLogError;
    if (!expected) throw error;
    return { bytes: 0, detail: error.message };
  }
}

function hurtObject({ table, bucket, key, id, partNumber }: BlobHolder, detail: string): HurtObject {
  return {
    bucket,
    key,
    ...(table === 'version' ? { versionId: id } : {}),
    ...(table === 'upload' ? { uploadId: id } : {}),
    ...(partNumber === undefined ? {} : { partNumber }),
    detail,
  };
}
