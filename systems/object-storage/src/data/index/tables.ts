// The tables of the index, their migrations, and the checksum that every row carries that something irrevocable relies on.
//
// SQLite keeps no checksums of its pages. A bit that rots in a row would otherwise send a read to the wrong place (which
// the block's own header refuses) or let a segment be removed that still holds blobs (which nothing could undo).

import { crc32 } from 'node:zlib';
import { type Migration, tablesOf } from '@cairn/engines';

export type IndexTables = {
  blob: { id: string; log: number; size: number; runs: Uint8Array; checksum: number };
  /** Blobs that need the segment, and the bytes of their blocks in it. `uncounted` blobs: its count was lost. */
  segment: { log: number; segment: number; blobs: number; bytes: number; checksum: number };
  /** Everything in the log before this place is in `blob`, or was removed. */
  checkpoint: { log: number; segment: number; position: number; checksum: number };
  /** One row: the fate of every blob with a smaller id is known to the metadata store. */
  watermark: { one: number; id: string; checksum: number };
  /** Blobs that were found damaged, until they are removed or repaired. */
  damaged: { blob: string; since_ms: number; detail: string };
  /** One row: how far the scrubber has come. */
  scrub: {
    one: number;
    started_ms: number;
    /** The last blob that was read; empty at the beginning of a pass. */
    after: string;
    blobs: number;
    bytes: number;
    /** When the last pass was finished; 0 before the first. */
    finished_ms: number;
  };
};

/** In place of a count that cannot be trusted any more: such a segment is never removed. `repair` counts anew. */
export const uncounted = -1;

export const { statement } = tablesOf<IndexTables>();

export type BlobRow = Omit<IndexTables['blob'], 'checksum'>;

export function blobChecksum({ id, log, size, runs }: BlobRow): number {
  return crc32(runs, crc32(`blob ${id} ${log} ${size}`));
}

export function segmentChecksum(row: Omit<IndexTables['segment'], 'checksum'>): number {
  return crc32(`segment ${row.log} ${row.segment} ${row.blobs} ${row.bytes}`);
}

export function checkpointChecksum(row: Omit<IndexTables['checkpoint'], 'checksum'>): number {
  return crc32(`checkpoint ${row.log} ${row.segment} ${row.position}`);
}

export function watermarkChecksum(id: string): number {
  return crc32(`watermark ${id}`);
}

export const migrations: readonly Migration[] = [
  (types) => [
    `create table blob (
      id ${types.text} not null primary key,
      log ${types.integer} not null,
      size ${types.integer} not null,
      runs ${types.blob} not null
    ) ${types.clustered}`,
    `create table segment (
      log ${types.integer} not null,
      segment ${types.integer} not null,
      blobs ${types.integer} not null,
      primary key (log, segment)
    ) ${types.clustered}`,
    `create table checkpoint (
      log ${types.integer} not null primary key,
      segment ${types.integer} not null,
      position ${types.integer} not null
    ) ${types.clustered}`,
  ],
  // Rows get checksums, which SQL cannot compute. Everything here can be made again from the segments: so the tables are
  // made anew, and the next start reads the logs from their beginning, as it does after the file was deleted.
  (types) => [
    'drop table blob',
    'drop table segment',
    'drop table checkpoint',
    `create table blob (
      id ${types.text} not null primary key,
      log ${types.integer} not null,
      size ${types.integer} not null,
      runs ${types.blob} not null,
      checksum ${types.integer} not null
    ) ${types.clustered}`,
    `create table segment (
      log ${types.integer} not null,
      segment ${types.integer} not null,
      blobs ${types.integer} not null,
      bytes ${types.integer} not null,
      checksum ${types.integer} not null,
      primary key (log, segment)
    ) ${types.clustered}`,
    `create table checkpoint (
      log ${types.integer} not null primary key,
      segment ${types.integer} not null,
      position ${types.integer} not null,
      checksum ${types.integer} not null
    ) ${types.clustered}`,
    `create table watermark (
      one ${types.integer} not null primary key,
      id ${types.text} not null,
      checksum ${types.integer} not null
    ) ${types.clustered}`,
    `create table damaged (
      blob ${types.text} not null primary key,
      since_ms ${types.integer} not null,
      detail ${types.text} not null
    ) ${types.clustered}`,
    `create table scrub (
      one ${types.integer} not null primary key,
      started_ms ${types.integer} not null,
      after ${types.text} not null,
      blobs ${types.integer} not null,
      bytes ${types.integer} not null,
      finished_ms ${types.integer} not null
    ) ${types.clustered}`,
  ],
];
