// Shows an object down to the place of its bytes, for operators.

import type { DataStore } from '../data/data-store.ts';
import type { ObjectRow } from '../metadata/objects.ts';
import { blobBytes, partBytes } from '../metadata/stored-size.ts';
import { isMoved, movedFrom } from '../transition/moved-data.ts';
import { findObject } from './find-object.ts';
import { infoOf } from './object-rows.ts';
import type { ObjectInspection, Placement, VersionName } from './object-storage.ts';
import type { CoreParts } from './parts.ts';
import { storedSize } from './transition/stored-bytes.ts';

export async function inspectObject(parts: CoreParts, name: VersionName): Promise<ObjectInspection> {
  const object = await findObject(parts, name);
  const placements: Placement[] = [];
  if (isMoved(object.data)) placements.push(await movedPlacement(parts, object));
  else for await (const blob of blobsOf(parts, object)) placements.push(await place(parts.data, blob));
  const { bucket, key } = name;
  const { versionId } = infoOf(bucket, object);
  return {
    bucket,
    key,
    ...(versionId !== undefined && { versionId }),
    sizeBytes: object.size,
    etag: object.etag,
    modifiedMs: object.modified_ms,
    placements,
  };
}

async function movedPlacement(parts: CoreParts, object: ObjectRow): Promise<Placement> {
  const url = parts.places.urlOf(movedFrom(object.data).place);
  const sizeBytes = await storedSize(parts, object);
  return { blob: object.data, sizeBytes, runs: [], ...(url !== undefined && { place: url }) };
}

type Blob = { readonly blob: string; readonly sizeBytes: number };

async function* blobsOf({ metadata }: CoreParts, object: ObjectRow): AsyncIterable<Blob> {
  if (object.part_count === null) return yield { blob: object.data, sizeBytes: blobBytes(object) };
  const all = { upload: object.data, afterPart: 0, limit: object.part_count };
  for (const part of await metadata.read('listObjectParts', all)) {
    yield { blob: part.blob, sizeBytes: partBytes(part) };
  }
}

async function place(data: DataStore, { blob, sizeBytes }: Blob): Promise<Placement> {
  const found = await data.locate(blob);
  return found === undefined
    ? { blob, sizeBytes, runs: [] }
    : { blob, sizeBytes, log: found.log, runs: found.runs };
}
