// Chunks, packs and entries of a tree as `inspect` shows them.

import type { ChunkIndex } from '../core/repository.ts';
import { objectName } from '../format/object-names.ts';
import type { EntryContent, Timestamp, TreeEntry } from '../format/tree-entry.ts';
import { pathText } from '../manifest/path-text.ts';
import type { ChunkLocation } from '../packing/chunk-location.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';
import { type PackEntries, parsePackEntries } from '../packing/pack-layout.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';

type Description = { readonly [member: string]: unknown };

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function chunkDescription(location: ChunkLocation): Description {
  const { packId, packType, ordinal, offset, storedBytes, rawBytes, compressed } = location;
  return { pack: objectName('packs', packId), packType, ordinal, offset, storedBytes, rawBytes, compressed };
}

/** The chunks of a pack, in its order. */
export function packDescription(pack: PackEntries | PackSummary): readonly Description[] {
  const contents =
    'entries' in pack ? parsePackEntries(pack.entries, pack.entryCount, objectName('packs', pack.id)) : pack;
  return Array.from({ length: contents.count }, (_, ordinal) => ({
    fingerprint: hex(fingerprintAt(contents.fingerprints, ordinal)),
    offset: contents.offsets[ordinal],
    storedBytes: contents.storedBytes[ordinal],
    rawBytes: contents.rawBytes[ordinal],
    compressed: contents.compressed[ordinal] === 1,
  }));
}

export function entryDescription(entry: TreeEntry, index: ChunkIndex): Description {
  const { name, mode, mtime, ctime, extendedAttributes = [], content, hardLink, ...rest } = entry;
  return {
    ...rest,
    name: pathText(name),
    mode: `0${mode.toString(8)}`,
    mtime: timeText(mtime),
    ctime: timeText(ctime),
    inode: String(entry.inode),
    ...(hardLink && { hardLink: { device: String(hardLink.device), links: hardLink.links } }),
    extendedAttributes: extendedAttributes.map(({ name: attribute, value }) => ({
      name: pathText(attribute),
      value: hex(value),
    })),
    ...contentDescription(content, index),
  };
}

function contentDescription(content: EntryContent, index: ChunkIndex): Description {
  switch (content.kind) {
    case 'file': {
      const { sizeBytes, sparse, readable, fingerprints } = content;
      return { sizeBytes, sparse, readable, chunks: chunksOf(fingerprints, index) };
    }
    case 'directory': {
      const { summary, tree } = content;
      if (tree.kind === 'inline') return { below: summary, inlineBytes: tree.bytes.length };
      return { below: summary, lengthBytes: tree.lengthBytes, chunks: chunksOf(tree.fingerprints, index) };
    }
    case 'symlink':
      return { target: pathText(content.target) };
    case 'device':
      return { major: content.major, minor: content.minor };
    case 'none':
      return {};
    default:
      return content satisfies never;
  }
}

function chunksOf(fingerprints: Uint8Array, index: ChunkIndex): readonly Description[] {
  return Array.from({ length: fingerprints.length / fingerprintBytes }, (_, ordinal) => {
    const fingerprint = fingerprintAt(fingerprints, ordinal);
    const location = index.locate(fingerprint);
    return {
      fingerprint: hex(fingerprint),
      ...(location === undefined ? { lost: true } : chunkDescription(location)),
    };
  });
}

function fingerprintAt(fingerprints: Uint8Array, ordinal: number): Uint8Array {
  return fingerprints.subarray(ordinal * fingerprintBytes, (ordinal + 1) * fingerprintBytes);
}

function timeText({ seconds, nanoseconds }: Timestamp): string {
  const millisecondsMax = 8.64e15;
  const fraction = `.${String(nanoseconds).padStart(9, '0')}`;
  if (Math.abs(seconds * 1000) > millisecondsMax) return `${seconds}${fraction}`;
  return new Date(seconds * 1000).toISOString().replace('.000Z', `${fraction}Z`);
}
