// The stored bytes of a version, wherever they lie, as one stream: those of its blob, or of its parts' blobs one after the
// other; encrypted ones as they are. What is moved, or restored, is this.

import type { BlobReader, DataStore } from '../../data/data-store.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { blobBytes, encryptionOf } from '../../metadata/stored-size.ts';
import { isMoved } from '../../transition/moved-data.ts';
import { ContentGone } from '../content-gone.ts';
import type { Places } from './places.ts';

export type StoredVersion = {
  readonly data: string;
  readonly size: number;
  readonly attributes: string;
  readonly part_count: number | null;
};
type Sources = { readonly metadata: MetadataSql; readonly data: DataStore; readonly places: Places };

export async function storedSize(
  { metadata }: Pick<Sources, 'metadata'>,
  row: StoredVersion,
): Promise<number> {
  if (row.part_count === null) return blobBytes(row);
  if (encryptionOf(row.attributes) === undefined) return row.size;
  return metadata.read('measureStored', { data: row.data });
}

/** A chunk is valid until the next is asked for. Throws ContentGone for what was removed meanwhile. */
export async function* storedChunks(sources: Sources, row: StoredVersion): AsyncIterable<Uint8Array> {
  if (isMoved(row.data)) {
    yield* wholeOf(await sources.places.open({ data: row.data, sizeBytes: await storedSize(sources, row) }));
  } else if (row.part_count === null) {
    yield* wholeOf(await sources.data.open(row.data));
  } else {
    for await (const blob of partBlobs(sources, row.data)) yield* wholeOf(await sources.data.open(blob));
  }
}

export async function* wholeOf(reader: BlobReader | undefined): AsyncIterable<Uint8Array> {
  if (reader === undefined) throw new ContentGone();
  try {
    if (reader.sizeBytes > 0) yield* reader.read({ start: 0, length: reader.sizeBytes });
  } finally {
    reader.close();
  }
}

async function* partBlobs({ metadata }: Sources, upload: string): AsyncIterable<string> {
  for (let afterPart = 0; ; ) {
    const page = await metadata.read('listObjectParts', { upload, afterPart, limit: pageParts });
    for (const { blob } of page) yield blob;
    if (page.length < pageParts) return;
    afterPart = page.at(-1)!.number;
  }
}

const pageParts = 100;
