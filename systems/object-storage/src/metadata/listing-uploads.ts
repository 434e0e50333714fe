// Listing unfinished uploads, in the order of key and upload id, with prefix and delimiter.

import type { Transaction } from '@cairn/engines';
import { findBucket } from './buckets.ts';
import { commonPrefix } from './listing.ts';
import { prefixEnd } from './prefix-end.ts';
import { statement } from './tables.ts';
import { intactUpload } from './uploads.ts';

export type ListUploadsInput = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly afterKey: string;
  readonly afterUploadId: string;
  readonly limit: number;
};
export type ListedUpload = {
  readonly key: string;
  readonly id: string;
  readonly initiated_ms: number;
  readonly owner: string;
  readonly attributes: string;
};
export type ListUploadsOutput = {
  readonly uploads: readonly ListedUpload[];
  readonly commonPrefixes: readonly string[];
  readonly next: { readonly key: string; readonly uploadId: string } | undefined;
};

type Cursor = { readonly key: string; readonly id: string };

const selectAfter = statement({ bucket: 'integer', key: 'text', id: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('upload')
    .select(['bucket', 'key', 'id', 'initiated_ms', 'owner', 'attributes', 'checksum', 'row_crc'])
    .where('bucket', '=', p.bucket)
    .where((where) => where(where.refTuple('key', 'id'), '>', where.tuple(p.key, p.id)))
    .orderBy('key')
    .orderBy('id')
    .limit(p.limit),
);

/** Behind every upload id: they are lower-case hexadecimal. */
const afterAllIds = '~';

export function* listUploads(input: ListUploadsInput): Transaction<ListUploadsOutput | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const uploads: ListedUpload[] = [];
  const commonPrefixes: string[] = [];
  let cursor: Cursor | undefined = firstCursor(input);
  let last: Cursor = { key: input.afterKey, id: input.afterUploadId };
  while (cursor !== undefined && input.limit > 0) {
    const row = yield* selectAfter.first({
      bucket: bucket.id,
      key: cursor.key,
      id: cursor.id,
      limit: 1,
    });
    if (row === undefined || !row.key.startsWith(input.prefix)) break;
    if (uploads.length + commonPrefixes.length === input.limit) {
      return { uploads, commonPrefixes, next: { key: last.key, uploadId: last.id } };
    }
    const folder = commonPrefix(row.key, input);
    if (folder === undefined) uploads.push(intactUpload(row));
    else commonPrefixes.push(folder);
    last = folder === undefined ? row : { key: folder, id: '' };
    cursor = folder === undefined ? row : behindFolder(folder);
  }
  return { uploads, commonPrefixes, next: undefined };
}

function firstCursor(input: ListUploadsInput): Cursor | undefined {
  const folder = input.afterKey.startsWith(input.prefix) ? commonPrefix(input.afterKey, input) : undefined;
  if (folder !== undefined) return behindFolder(folder);
  // Without an upload id the marker is exclusive of its whole key.
  const marker = { key: input.afterKey, id: input.afterUploadId === '' ? afterAllIds : input.afterUploadId };
  return Buffer.compare(Buffer.from(marker.key), Buffer.from(input.prefix)) < 0
    ? { key: input.prefix, id: '' }
    : marker;
}

/** Every upload whose key does not start with `folder` and sorts behind it comes after this. */
function behindFolder(folder: string): Cursor | undefined {
  const end = prefixEnd(folder);
  return end === undefined ? undefined : { key: end, id: '' };
}
