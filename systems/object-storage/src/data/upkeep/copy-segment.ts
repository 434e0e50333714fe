// Copies the living blobs of one sealed segment to the end of the same log, and switches the index to the copies.
//
//   h. copies are appended and synced: each ends with a last record of its own, as an upload does
//   i. one index transaction switches places, moves the counts and the log's checkpoint
//   k. the segment, which no blob needs any more, is removed by the next sweep
//
// Case letters are those of the table "Crash cases" in DESIGN.md. Until i a crash leaves the blob where it was, or
// recovery finds the copy and takes it; after i the old place is not needed. Of a blob with many segments only what lies
// in this one is copied, and a new `end` says where all of it is.

import type { RecordLocation, SegmentLog } from '@cairn/segment-log';
import { recordHeaderBytes, SegmentLogError } from '@cairn/segment-log';
import { copyBatchBytes, copyBatchRecords, readBatchBlocks } from '../../limits.ts';
import type { BlobIndex, IndexEntry } from '../blob-index.ts';
import { blockHeaderBytes, decodeBlockHeader, encodeBlockHeader } from '../block.ts';
import { BlobDamagedError } from '../data-store.ts';
import type { Holds } from '../holds.ts';
import { isSoundBlob, type StoredBlobRow } from '../index/blobs.ts';
import type { IndexSql } from '../index-store.ts';
import { blockOf } from '../reading/verify-block.ts';
import { appendRun, blockCount, decodeRuns, encodeRuns, piecesOf, type Run, runsWithEnd } from '../runs.ts';
import { type SegmentName, segmentName } from '../segment-name.ts';
import type { CopyGuard } from './copy-guard.ts';

export type CopyParts = {
  readonly logs: readonly SegmentLog[];
  readonly sql: IndexSql;
  readonly index: BlobIndex;
  readonly holds: Holds;
  readonly guard: CopyGuard;
  readonly onDamage: (error: BlobDamagedError) => void;
  /** Called after so many bytes were read or written; rejects to end the work. */
  readonly spend: (bytes: number) => Promise<void>;
};

export type CopyOutcome = {
  blobs: number;
  bytes: number;
  /** Last records of blobs, living or dead. */
  ends: number;
  /** Something in the segment could not be read, so what it held is not known. */
  damaged: boolean;
};

/** A blob of one record as it was found in the segment; nothing is known of it before `isSound` said so. */
type FoundWhole = {
  readonly blob: string;
  readonly location: RecordLocation;
  readonly payload: Uint8Array;
  readonly lengthBytes: number;
  isSound(): boolean;
};
type LiveWhole = FoundWhole & { readonly row: StoredBlobRow };

/** Throws DiskError (`full` among them) and SegmentLogError: what was switched by then stays switched. */
export async function copySegment(parts: CopyParts, from: SegmentName): Promise<CopyOutcome> {
  return new SegmentCopy(parts, from).run();
}

class SegmentCopy {
  readonly #parts: CopyParts;
  readonly #from: SegmentName;
  readonly #log: SegmentLog;
  readonly #outcome: CopyOutcome = { blobs: 0, bytes: 0, ends: 0, damaged: false };

  constructor(parts: CopyParts, from: SegmentName) {
    this.#parts = parts;
    this.#from = from;
    this.#log = parts.logs[from.log]!;
  }

  async run(): Promise<CopyOutcome> {
    const large = new Set<string>();
    let wholes: FoundWhole[] = [];
    let bytes = 0;
    for await (const found of this.#log.list(this.#from.segment)) {
      const header = found.kind === 'record' ? decodeBlockHeader(found.payload) : undefined;
      if (found.kind === 'damage' || header === undefined) {
        this.#outcome.damaged = true;
        continue;
      }
      if (header.kind !== 'block') this.#outcome.ends++;
      if (header.kind === 'whole') wholes.push({ ...found, blob: header.blob });
      else large.add(header.blob);
      bytes += found.lengthBytes;
      if (bytes < copyBatchBytes && wholes.length < copyBatchRecords) continue;
      await this.#copyWholes(wholes);
      await this.#parts.spend(bytes);
      wholes = [];
      bytes = 0;
    }
    await this.#copyWholes(wholes);
    for (const blob of large) await this.#copyLarge(blob);
    return this.#outcome;
  }

  async #copyWholes(found: readonly FoundWhole[]): Promise<void> {
    if (found.length === 0) return;
    const { guard, sql, index } = this.#parts;
    const claim = guard.begin(found.map(({ blob }) => blob));
    try {
      const rows = await sql.read('locateBlobs', { blobs: claim.blobs });
      const live = this.#liveOf(found, rows);
      if (live.length === 0) return;
      const entries = await this.#appendWholes(live);
      await this.#settle(entries);
      await index.flush();
    } finally {
      claim.finish();
    }
  }

  /** Those that the index has at the very place where they were found, and that are what was written. */
  #liveOf(found: readonly FoundWhole[], rows: readonly StoredBlobRow[]): readonly LiveWhole[] {
    const byBlob = new Map(rows.map((row) => [row.id, row]));
    const live: LiveWhole[] = [];
    for (const whole of found) {
      const row = byBlob.get(whole.blob);
      if (row === undefined || !isSoundBlob(row) || row.log !== this.#from.log) continue;
      const [run] = decodeRuns(row.runs);
      const { segment, position } = whole.location;
      if (run?.segment !== segment || run.position !== position) continue;
      const wanted = { blob: whole.blob, sizeBytes: row.size, index: 0 };
      if (whole.isSound() && blockOf(whole.payload, wanted) !== undefined) live.push({ ...whole, row });
      else this.#damagedAt(whole.blob, whole.location);
    }
    return live;
  }

  async #appendWholes(live: readonly LiveWhole[]): Promise<readonly IndexEntry[]> {
    const first = await this.#log.append(live.map(({ payload }) => [payload]));
    let { position } = first;
    return live.map(({ row, lengthBytes }) => {
      const runs = [{ segment: first.segment, position, blocks: 1 }];
      position += lengthBytes;
      return this.#announce(row, { runs, end: { segment: first.segment, position }, bytes: lengthBytes });
    });
  }

  async #copyLarge(blob: string): Promise<void> {
    const { guard, sql, index } = this.#parts;
    const claim = guard.begin([blob]);
    const releases: (() => void)[] = [];
    try {
      const [row] = await sql.read('locateBlobs', { blobs: claim.blobs });
      if (row === undefined || !isSoundBlob(row) || row.log !== this.#from.log) return;
      if (!decodeRuns(row.runs).some(({ segment }) => segment === this.#from.segment)) return;
      const entry = await this.#appendLarge(row, releases);
      if (entry === undefined) return;
      await this.#settle([entry]);
      await index.flush();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#damaged(new BlobDamagedError(blob, { detail: error.message, cause: error }));
    } finally {
      for (const release of releases) release();
      claim.finish();
    }
  }

  /** Undefined when the blob is to be removed, or cannot be read. What was appended by then is dead. */
  async #appendLarge(row: StoredBlobRow, releases: (() => void)[]): Promise<IndexEntry | undefined> {
    const runs: Run[] = [];
    let bytes = 0;
    for (const piece of this.#piecesOf(row)) {
      if (piece.kind === 'kept') {
        appendRun(runs, piece.run);
        continue;
      }
      if (!this.#parts.guard.isWanted(row.id)) return undefined;
      const payloads = await this.#log.read(piece.location, piece);
      const sound = payloads.every((payload, offset) => {
        const wanted = { blob: row.id, sizeBytes: row.size, index: piece.firstBlock + offset };
        return blockOf(payload, wanted) !== undefined;
      });
      if (!sound) return this.#damagedAt(row.id, piece.location);
      const location = await this.#log.append(payloads.map((payload) => [payload]));
      releases.push(this.#hold(location.segment));
      appendRun(runs, { ...location, blocks: piece.count });
      bytes += piece.lengthBytes;
      await this.#parts.spend(piece.lengthBytes);
    }
    if (!this.#parts.guard.isWanted(row.id)) return undefined;
    return this.#appendEnd(row, runs, bytes);
  }

  async #appendEnd(row: StoredBlobRow, blocks: readonly Run[], bytes: number): Promise<IndexEntry> {
    const header = { kind: 'end', index: blockCount(row.size), sizeBytes: row.size, blob: row.id } as const;
    const encoded = encodeRuns(blocks);
    const location = await this.#log.append([[encodeBlockHeader(header), encoded]]);
    const position = location.position + recordHeaderBytes + blockHeaderBytes + encoded.byteLength;
    const runs = runsWithEnd(blocks, location);
    return this.#announce(row, { runs, end: { segment: location.segment, position }, bytes });
  }

  /** The blob's blocks in order: runs that stay, and reads of what is to be copied. */
  *#piecesOf(row: StoredBlobRow) {
    const runs = decodeRuns(row.runs);
    let first = 0;
    for (const run of runs) {
      const last = first + run.blocks - 1;
      if (run.blocks > 0 && run.segment !== this.#from.segment) yield { kind: 'kept', run } as const;
      else {
        const options = { sizeBytes: row.size, first, last, blocksMax: readBatchBlocks };
        for (const piece of piecesOf(runs, options)) yield { kind: 'copied', ...piece } as const;
      }
      first += run.blocks;
    }
  }

  /** In the turn in which the log took the copy's last record. */
  #announce(
    row: StoredBlobRow,
    copy: { runs: readonly Run[]; end: RecordLocation; bytes: number },
  ): IndexEntry {
    const segments = new Set(copy.runs.map(({ segment }) => segment));
    const releases = [...segments].map((segment) => this.#hold(segment));
    this.#outcome.blobs++;
    this.#outcome.bytes += copy.bytes;
    return this.#parts.index.announce({
      blob: row.id,
      place: { log: row.log, sizeBytes: row.size, runs: copy.runs },
      end: copy.end,
      release: () => {
        for (const release of releases) release();
      },
      change: { kind: 'move', from: row.runs },
    });
  }

  async #settle(entries: readonly IndexEntry[]): Promise<void> {
    const { index } = this.#parts;
    try {
      await this.#log.sync();
    } catch (error) {
      for (const entry of entries) index.lost(entry);
      throw error;
    }
    for (const entry of entries) index.durable(entry);
  }

  #hold(segment: number): () => void {
    return this.#parts.holds.hold(segmentName({ log: this.#from.log, segment }));
  }

  #damagedAt(blob: string, { segment, position }: RecordLocation): undefined {
    const detail = `segment ${segment} at ${position} does not hold what was written there`;
    this.#damaged(new BlobDamagedError(blob, { detail }));
    return undefined;
  }

  #damaged(error: BlobDamagedError): void {
    this.#outcome.damaged = true;
    this.#parts.onDamage(error);
  }
}

function isDamage(error: unknown): error is SegmentLogError {
  return error instanceof SegmentLogError && (error.code === 'damaged' || error.code === 'not-found');
}
