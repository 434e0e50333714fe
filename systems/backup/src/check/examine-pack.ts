// Looks at every byte of a pack: its hash, header, footer, the tag and the fingerprint of each chunk. Where the footer cannot
// be read, what index objects say of the pack takes its place, so that its chunks are told apart all the same.

import { BackupError } from '../errors.ts';
import { objectName } from '../format/object-names.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';
import { chunkLocation, contentId, type PackReader } from '../packing/open-pack.ts';
import { type PackEntries, packHeaderBytes, parsePackEntries } from '../packing/pack-layout.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';

export type PackToExamine = {
  readonly id: string;
  /** All of it, on shared memory where it crosses threads. */
  readonly bytes: Uint8Array;
  /** What index objects say. */
  readonly indexed?: PackSummary;
};

export type PackExamination = {
  /** What the footer says; absent where it cannot be read. */
  readonly footer?: PackSummary;
  /** What is wrong with the pack as a whole: its hash, its ends. */
  readonly problems: readonly string[];
  /** Chunks that cannot be read; of those told apart by the footer, else by the index. */
  readonly bad: readonly BadChunk[];
  readonly chunks: number;
  /** Of chunks that can be read. */
  readonly rawBytes: number;
};

export type BadChunk = {
  readonly ordinal: number;
  readonly fingerprint: Uint8Array;
  readonly problem: string;
};

/** Does not throw for anything that the bytes may be. */
export function examinePack(reader: PackReader, pack: PackToExamine): PackExamination {
  const problems: string[] = [];
  if (contentId(pack.bytes) !== pack.id) problems.push('its bytes are not those it is named after');
  const footer = readFooter(reader, pack, problems);
  const known = footer ?? fromIndex(pack.indexed);
  if (known === undefined) return { problems, bad: [], chunks: 0, rawBytes: 0 };
  const { contents, ...summary } = known;
  const bad = badChunks(reader, pack.bytes, summary, contents);
  let rawBytes = 0;
  for (const bytes of contents.rawBytes) rawBytes += bytes;
  for (const { ordinal } of bad) rawBytes -= contents.rawBytes[ordinal]!;
  const found = { problems, bad, chunks: contents.count, rawBytes };
  return footer === undefined ? found : { ...found, footer: summary };
}

/** The readable chunks of a pack that was examined, with their raw bytes, which are overwritten with the next. */
export function* readableChunks(
  reader: PackReader,
  bytes: Uint8Array,
  summary: PackSummary,
): Generator<{ readonly fingerprint: Uint8Array; readonly raw: Uint8Array }> {
  const contents = parsePackEntries(summary.entries, summary.entryCount, objectName('packs', summary.id));
  for (let ordinal = 0; ordinal < contents.count; ordinal += 1) {
    const fingerprint = fingerprintAt(contents, ordinal);
    const raw = tryChunk(reader, bytes, summary, contents, ordinal);
    if (raw instanceof Uint8Array) yield { fingerprint, raw };
  }
}

type KnownPack = PackSummary & { readonly contents: PackEntries };

function readFooter(
  reader: PackReader,
  { id, bytes }: PackToExamine,
  problems: string[],
): KnownPack | undefined {
  try {
    const header = bytes.subarray(0, packHeaderBytes);
    return reader.openEnds({ id, sizeBytes: bytes.length, header, tail: bytes });
  } catch (error) {
    problems.push(problemOf(error));
    return undefined;
  }
}

function fromIndex(indexed: PackSummary | undefined): KnownPack | undefined {
  if (indexed === undefined) return undefined;
  const { entries, entryCount, id } = indexed;
  return { ...indexed, contents: parsePackEntries(entries, entryCount, objectName('packs', id)) };
}

function badChunks(
  reader: PackReader,
  bytes: Uint8Array,
  summary: PackSummary,
  contents: PackEntries,
): readonly BadChunk[] {
  const bad: BadChunk[] = [];
  for (let ordinal = 0; ordinal < contents.count; ordinal += 1) {
    const raw = tryChunk(reader, bytes, summary, contents, ordinal);
    if (typeof raw !== 'string') continue;
    bad.push({ ordinal, fingerprint: Uint8Array.from(fingerprintAt(contents, ordinal)), problem: raw });
  }
  return bad;
}

let scratch = new Uint8Array(0);

/** The raw bytes, on memory that the next call overwrites, or what is wrong. */
function tryChunk(
  reader: PackReader,
  bytes: Uint8Array,
  summary: PackSummary,
  contents: PackEntries,
  ordinal: number,
): Uint8Array | string {
  const location = chunkLocation(summary, contents, ordinal);
  const { offset, storedBytes, rawBytes } = location;
  if (scratch.length < rawBytes) scratch = new Uint8Array(rawBytes * 2);
  try {
    const options = { fingerprint: fingerprintAt(contents, ordinal), target: scratch };
    return reader.openChunk(location, bytes.subarray(offset, offset + storedBytes), options);
  } catch (error) {
    return problemOf(error);
  }
}

function fingerprintAt(contents: PackEntries, ordinal: number): Uint8Array {
  return contents.fingerprints.subarray(ordinal * fingerprintBytes, (ordinal + 1) * fingerprintBytes);
}

function problemOf(error: unknown): string {
  if (!(error instanceof BackupError)) throw error;
  return error.detail ?? error.message;
}
