// What a listing shows of an object, as one text. The engine writes it, so that a page of a thousand rows is a thousand
// texts, each checked, passed between threads and taken apart in one piece: as rows of columns it costs twice as much.
//
//   text = bucket LF size LF etag LF modified_ms LF checksum LF key        empty for none, checksum-text.ts; only keys hold LF

import { checksumFrom, storageClassFrom } from './checksum-text.ts';
import type { MetadataTables } from './tables.ts';

export type ListedColumns = Pick<
  MetadataTables['object'],
  'bucket' | 'key' | 'size' | 'etag' | 'modified_ms' | 'checksum'
>;

/** For `format` of the engine, with the columns in this order. */
export const listedFormat = '%s\n%s\n%s\n%s\n%s\n%s';
export const listedColumns = ['bucket', 'size', 'etag', 'modified_ms', 'checksum', 'key'] as const;

export function listedText({ bucket, size, etag, modified_ms, checksum, key }: ListedColumns): string {
  return `${bucket}\n${size}\n${etag}\n${modified_ms}\n${checksum ?? ''}\n${key}`;
}

export function keyOfListed(text: string): string {
  let at = -1;
  for (let field = 1; field < listedColumns.length; field++) at = text.indexOf('\n', at + 1);
  return text.slice(at + 1);
}

export function parseListed(text: string) {
  const size = text.indexOf('\n') + 1;
  const etag = text.indexOf('\n', size) + 1;
  const modified = text.indexOf('\n', etag) + 1;
  const checksum = text.indexOf('\n', modified) + 1;
  const key = text.indexOf('\n', checksum) + 1;
  const details = key - checksum === 1 ? null : text.slice(checksum, key - 1);
  return {
    key: text.slice(key),
    sizeBytes: Number(text.slice(size, etag - 1)),
    etag: text.slice(etag, modified - 1),
    modifiedMs: Number(text.slice(modified, checksum - 1)),
    checksum: checksumFrom(details),
    storageClass: storageClassFrom(details),
  };
}
