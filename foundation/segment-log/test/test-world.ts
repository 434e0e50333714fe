// A log on a MemoryDisk, with short names for what tests do to it.

import { DiskError, realWorld, type World } from '@cairn/world';
import { segmentName } from '../src/format/segment-name.ts';
import {
  openSegmentLog,
  type RecordLocation,
  recordHeaderBytes,
  type SegmentLog,
  type SegmentLogOptions,
} from '../src/index.ts';
import { MemoryDisk } from './memory-disk.ts';

export const directory = 'log';

/** A world of memory only. Time and threads are not there: the log must not ask for them. */
export function memoryWorld(disk: MemoryDisk): World {
  const absent = (name: string) =>
    new Proxy(
      {},
      { get: (_, key) => () => Promise.reject(new Error(`the log used ${name}.${String(key)}`)) },
    );
  let ids = 0;
  const random = {
    bytes: (length: number) => {
      ids += 1;
      return Buffer.alloc(length, ids);
    },
    integer: () => 0,
  };
  return {
    disk,
    random,
    clock: absent('clock') as World['clock'],
    executors: absent('executors') as World['executors'],
  };
}

export type OpenedLog = {
  readonly log: SegmentLog;
  /** What recovery handed over, as text, and where it lay. */
  readonly recovered: readonly string[];
  readonly locations: readonly RecordLocation[];
};

export async function openLog(
  disk: MemoryDisk,
  options: Partial<SegmentLogOptions> = {},
): Promise<OpenedLog> {
  const recovered: string[] = [];
  const locations: RecordLocation[] = [];
  const log = await openSegmentLog({
    world: memoryWorld(disk),
    directory,
    segmentBytesMax: 1000,
    onRecovered: (record) => {
      recovered.push(Buffer.from(record.payload).toString());
      locations.push(record.location);
    },
    ...options,
  });
  return { log, recovered, locations };
}

/** One that writes on the calling thread: that is bounded by the time that it takes. */
export function openPromptLog(
  disk: MemoryDisk,
  options: Partial<SegmentLogOptions> = {},
): Promise<OpenedLog> {
  const world = { ...memoryWorld(disk), clock: realWorld().clock };
  return openLog(disk, { world, writesPromptly: true, ...options });
}

/** Makes the next call of an operation fail. */
export function failOnce(disk: MemoryDisk, operation: string, code: 'full' | 'io'): void {
  let failed = false;
  disk.before = (name, path) => {
    if (failed || name !== operation) return;
    failed = true;
    throw new DiskError(code, { operation, path });
  };
}

/** Appends each text as a batch of one record, and syncs them together. */
export async function appendSynced(log: SegmentLog, ...texts: readonly string[]): Promise<RecordLocation[]> {
  const locations = await append(log, ...texts);
  await log.sync();
  return locations;
}

export async function append(log: SegmentLog, ...texts: readonly string[]): Promise<RecordLocation[]> {
  const locations: RecordLocation[] = [];
  for (const text of texts) locations.push(await log.append([[Buffer.from(text)]]));
  return locations;
}

export async function readText(log: SegmentLog, location: RecordLocation, length: number): Promise<string> {
  const [payload] = await log.read(location, { count: 1, lengthBytes: recordHeaderBytes + length });
  return Buffer.from(payload!).toString();
}

/** The bytes of a segment file, to be looked at or changed. */
export function segmentBytes(disk: MemoryDisk, segment: number): Buffer {
  return disk.bytes(segmentPath(segment));
}

export function segmentPath(segment: number): string {
  return `${directory}/${segmentName(segment)}`;
}

export function flipBit(disk: MemoryDisk, segment: number, position: number): void {
  segmentBytes(disk, segment)[position]! ^= 0x10;
}

/** What the disk cannot read from now on: any read that needs a byte of it ends with EIO, again and again. */
export function makeUnreadable(
  disk: MemoryDisk,
  segment: number,
  range: { readonly from: number; readonly to: number },
): void {
  disk.unreadable.push({ path: segmentPath(segment), ...range });
}

/** The disk as a new process finds it: with all that was written, and nobody writing to it. */
export function copyOf(disk: MemoryDisk): MemoryDisk {
  const copy = new MemoryDisk();
  for (const [path, { bytes }] of disk.files) copy.files.set(path, { bytes: Buffer.from(bytes) });
  copy.unreadable.push(...disk.unreadable);
  return copy;
}
