// Entries on their way to a restore worker: columns of numbers and one run of bytes, because a structured clone of an object
// per file costs as much as writing a small file.

import {
  type EntryType,
  type ExtendedAttribute,
  entryTypes,
  type TreeEntry,
} from '../../format/tree-entry.ts';

export type EntryBatch = {
  readonly count: number;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Few entries have any. */
  readonly attributes: readonly { readonly entry: number; readonly list: readonly ExtendedAttribute[] }[];
  /** Paths of directories, relative to the target. */
  readonly directories: readonly Uint8Array[];
  /** Of files: their chunks, as numbers of a `ChunkBatch`, one file after another. */
  readonly chunks: Uint32Array<ArrayBuffer>;
};

/** What to do with an entry: its name is free, is taken by what is to be replaced, or by the same file. */
export type EntryAction = 'create' | 'replace' | 'describe';

export type BatchEntry = {
  readonly entry: TreeEntry;
  /** Relative to the target. */
  readonly directory: Uint8Array;
  readonly action: EntryAction;
  /** Numbers of its chunks in the batch that goes along. */
  readonly chunks: readonly number[];
};

const actions: readonly EntryAction[] = ['create', 'replace', 'describe'];
const flagSparse = 1;
const flagHardLink = 2;
const fields = {
  directory: 0,
  type: 1,
  mode: 2,
  uid: 3,
  gid: 4,
  seconds: 5,
  nanoseconds: 6,
  size: 7,
  nameStart: 8,
  nameEnd: 9,
  targetEnd: 10,
  flags: 11,
  action: 12,
  major: 13,
  minor: 14,
  chunksStart: 15,
  chunksEnd: 16,
} as const;
const width = 17;
const typesByCode: ReadonlyMap<number, EntryType> = new Map(
  Object.entries(entryTypes).map(([type, code]) => [code, type as EntryType]),
);

/** Packs entries; neighbours of one directory should come one after another. */
export function packEntries(entries: readonly BatchEntry[]): EntryBatch {
  const numbers = new Float64Array(entries.length * width);
  const bytes = new Uint8Array(entries.reduce((sum, { entry }) => sum + bytesOf(entry), 0));
  const chunks = new Uint32Array(entries.reduce((sum, one) => sum + one.chunks.length, 0));
  const directories: Uint8Array[] = [];
  const attributes: { entry: number; list: readonly ExtendedAttribute[] }[] = [];
  let bytesAt = 0;
  let chunksAt = 0;
  for (const [at, one] of entries.entries()) {
    const { entry } = one;
    if (directories.at(-1) !== one.directory) directories.push(one.directory);
    if (entry.extendedAttributes !== undefined)
      attributes.push({ entry: at, list: owned(entry.extendedAttributes) });
    const row = numbers.subarray(at * width, (at + 1) * width);
    fillRow(row, one, directories.length - 1);
    bytes.set(entry.name, bytesAt);
    row[fields.nameStart] = bytesAt;
    bytesAt += entry.name.length;
    row[fields.nameEnd] = bytesAt;
    if (entry.content.kind === 'symlink') {
      bytes.set(entry.content.target, bytesAt);
      bytesAt += entry.content.target.length;
    }
    row[fields.targetEnd] = bytesAt;
    chunks.set(one.chunks, chunksAt);
    row[fields.chunksStart] = chunksAt;
    chunksAt += one.chunks.length;
    row[fields.chunksEnd] = chunksAt;
  }
  return { count: entries.length, numbers, bytes, attributes, directories, chunks };
}

function fillRow(row: Float64Array, { entry, action }: BatchEntry, directory: number): void {
  const { content } = entry;
  row[fields.directory] = directory;
  row[fields.type] = entryTypes[entry.type];
  row[fields.mode] = entry.mode;
  row[fields.uid] = entry.uid;
  row[fields.gid] = entry.gid;
  row[fields.seconds] = entry.mtime.seconds;
  row[fields.nanoseconds] = entry.mtime.nanoseconds;
  row[fields.action] = actions.indexOf(action);
  if (content.kind === 'file') row[fields.size] = content.sizeBytes;
  if (content.kind === 'file' && content.sparse) row[fields.flags]! |= flagSparse;
  if (entry.hardLink !== undefined) row[fields.flags]! |= flagHardLink;
  if (content.kind !== 'device') return;
  row[fields.major] = content.major;
  row[fields.minor] = content.minor;
}

function bytesOf({ name, content }: TreeEntry): number {
  return name.length + (content.kind === 'symlink' ? content.target.length : 0);
}

/** A clone of a view copies all that it looks into. */
function owned(list: readonly ExtendedAttribute[]): readonly ExtendedAttribute[] {
  return list.map(({ name, value }) => ({ name: Uint8Array.from(name), value: Uint8Array.from(value) }));
}

/** One entry of a batch, as the worker sees it. */
export type UnpackedEntry = {
  readonly type: EntryType;
  /** Its place in the batch, and of its directory in `directories`. */
  readonly at: number;
  readonly directory: number;
  /** With a NUL behind. */
  readonly name: Uint8Array;
  /** Of a symlink, with a NUL behind. */
  readonly target: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: { readonly seconds: number; readonly nanoseconds: number };
  readonly sizeBytes: number;
  readonly sparse: boolean;
  readonly hardLink: boolean;
  readonly action: EntryAction;
  readonly major: number;
  readonly minor: number;
  readonly attributes: readonly ExtendedAttribute[];
  readonly chunks: Uint32Array;
};

const noAttributes: readonly ExtendedAttribute[] = [];

export function* unpackEntries(batch: EntryBatch): Iterable<UnpackedEntry> {
  const attributes = new Map(batch.attributes.map(({ entry, list }) => [entry, list]));
  for (let at = 0; at < batch.count; at += 1)
    yield unpackEntry(batch, at, attributes.get(at) ?? noAttributes);
}

function unpackEntry(batch: EntryBatch, at: number, attributes: readonly ExtendedAttribute[]): UnpackedEntry {
  const field = (index: number) => batch.numbers[at * width + index]!;
  const nameEnd = field(fields.nameEnd);
  const flags = field(fields.flags);
  return {
    type: typesByCode.get(field(fields.type))!,
    at,
    directory: field(fields.directory),
    name: terminated(batch.bytes, field(fields.nameStart), nameEnd),
    target: terminated(batch.bytes, nameEnd, field(fields.targetEnd)),
    mode: field(fields.mode),
    uid: field(fields.uid),
    gid: field(fields.gid),
    mtime: { seconds: field(fields.seconds), nanoseconds: field(fields.nanoseconds) },
    sizeBytes: field(fields.size),
    sparse: (flags & flagSparse) !== 0,
    hardLink: (flags & flagHardLink) !== 0,
    action: actions[field(fields.action)]!,
    major: field(fields.major),
    minor: field(fields.minor),
    attributes,
    chunks: batch.chunks.subarray(field(fields.chunksStart), field(fields.chunksEnd)),
  };
}

const nothing = Uint8Array.of(0);

function terminated(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (start === end) return nothing;
  const text = new Uint8Array(end - start + 1);
  text.set(bytes.subarray(start, end));
  return text;
}
