// The list of segments in force: which of a partition's oldest segments are not read from its log any more, but from what
// replaced them. What it does not name does not count, whatever is on the disk.
//
// A file that is replaced whole: one line `cairn-segments 1 CRC`, then JSON; the CRC-32C in hexadecimal is that of the JSON. No
// file means that all segments are in the log, unless batch files say otherwise (read-segment-list.ts). A partition whose list is
// damaged or lost is not opened, until a repair has made the list again from the files that are there.

import { crc32c } from '@cairn/hashing';
import type { Disk } from '@cairn/world';
import { z } from 'zod';
import { PartitionError } from '../partition.ts';
import { faultOfFile, readDerivedFile, replaceFile } from '../small-files.ts';

export const segmentListName = 'segments';

const offset = z.int().min(0);
/** A batch file in the partition's folder. */
const file = z.strictObject({
  form: z.literal('file'),
  /** The last segment of the log that it replaces. */
  segment: z.int().min(1),
  /** Without the ending. */
  name: z.string(),
  baseOffset: offset,
  endOffset: offset,
  sizeBytes: z.int().min(0),
  /** The largest timestamp in it, -1 for none. */
  maxTimestampMs: z.int(),
  /** When the first of its tombstones and markers may go, by the broker's clock. */
  horizonMs: z.number().optional(),
});
const entry = z.discriminatedUnion('form', [file]);
const content = z.strictObject({
  /** In the order of their offsets; all lie before what the log holds. */
  entries: z.array(entry),
  /** The first segment of the log that counts. */
  logFrom: z.int().min(0),
  /** Up to here every key was looked at: what lies before is dirty by newer records only. */
  cleanedTo: offset,
  /** Files that were made, for their names. */
  filesMade: z.int().min(0),
});

export type SegmentEntry = z.output<typeof entry>;
export type SegmentListContent = z.output<typeof content>;

const none: SegmentListContent = { entries: [], logFrom: 0, cleanedTo: 0, filesMade: 0 };

export class SegmentList {
  readonly #disk: Disk;
  readonly #directory: string;
  #content: SegmentListContent;
  #files = 0;
  readonly #doubtful: string[] = [];

  private constructor(disk: Disk, directory: string, content: SegmentListContent) {
    this.#disk = disk;
    this.#directory = directory;
    this.#content = content;
  }

  /** Throws PartitionError KAFKA_STORAGE_ERROR for a list that is damaged, unreadable, or of a newer version; DiskError. */
  static async read(disk: Disk, directory: string): Promise<SegmentList> {
    const bytes = await readDerivedFile(disk, `${directory}/${segmentListName}`);
    const content = bytes === undefined ? none : decodeSegmentList(bytes);
    if (content === undefined) {
      const detail = `${directory}/${segmentListName} ${faultOfFile(bytes)}`;
      throw new PartitionError('KAFKA_STORAGE_ERROR', detail);
    }
    return new SegmentList(disk, directory, content);
  }

  get content(): SegmentListContent {
    return this.#content;
  }

  /** For the name of a new batch file: no other one gets it, whatever becomes of this one. */
  nextFileNumber(): number {
    this.#files = Math.max(this.#files, this.#content.filesMade) + 1;
    return this.#files;
  }

  /** A change that names a new file. When it fails, the disk may have it all the same: the file is in doubt. */
  async nameFile(name: string, change: Partial<Omit<SegmentListContent, 'filesMade'>>): Promise<void> {
    try {
      await this.change(change);
    } catch (error) {
      this.#doubtful.push(name);
      throw error;
    }
  }

  /** Names of files that may be removed once another change is durable. */
  get doubtful(): readonly string[] {
    return this.#doubtful;
  }

  settleDoubts(): void {
    this.#doubtful.splice(0);
  }

  /** Resolves once it is durable; it counts from then on. When it fails, either may be there. One change at a time. */
  async change(change: Partial<Omit<SegmentListContent, 'filesMade'>>): Promise<void> {
    const filesMade = Math.max(this.#files, this.#content.filesMade);
    const next = { ...this.#content, ...change, filesMade };
    const bytes = encodeSegmentList(next);
    await replaceFile(this.#disk, { directory: this.#directory, name: segmentListName, bytes });
    this.#content = next;
  }
}

export function encodeSegmentList(list: SegmentListContent): Buffer {
  const json = Buffer.from(JSON.stringify(list));
  return Buffer.concat([Buffer.from(`cairn-segments 1 ${crc32c(json).toString(16)}\n`), json]);
}

/** Undefined for what is not a whole and sound list of this version. */
function decodeSegmentList(bytes: Buffer): SegmentListContent | undefined {
  const end = bytes.indexOf('\n');
  const match = /^cairn-segments 1 ([0-9a-f]+)$/.exec(bytes.toString('latin1', 0, Math.max(end, 0)));
  const json = bytes.subarray(end + 1);
  if (match === null || Number.parseInt(match[1]!, 16) !== crc32c(json)) return undefined;
  return content.safeParse(JSON.parse(json.toString())).data;
}
