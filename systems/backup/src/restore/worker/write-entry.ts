// Makes one entry in the target: files complete or not at all, everything else as a new entry, and in place of what it
// replaces, which is never opened.

import { ftruncateSync, readSync } from 'node:fs';
import { BackupError } from '../../errors.ts';
import { bitsOfType, statusAt, statusOf } from '../../filesystem/file-status.ts';
import {
  createFile,
  discardFile,
  type NewFile,
  publishFile,
  replaceName,
} from '../../filesystem/new-file.ts';
import { removeTree } from '../../filesystem/remove-tree.ts';
import { openFlags, type SystemCalls } from '../../filesystem/system-calls.ts';
import { type MetadataProblem, writeMetadata, writeMetadataByPath } from '../../filesystem/write-metadata.ts';
import { writeFully, writeSparse } from '../../filesystem/write-sparse.ts';
import type { ChunkOpener } from './chunk-opener.ts';
import type { UnpackedEntry } from './entry-batch.ts';

export type WriteContext = {
  readonly calls: SystemCalls;
  readonly chunks: ChunkOpener;
  /** A directory that is in the way of something else may be removed with all below it. */
  readonly delete: boolean;
  readonly verify: boolean;
};

export type WrittenEntry = {
  readonly problems: readonly MetadataProblem[];
  /** Of a file with further names. */
  readonly inode?: bigint;
};

/** Throws `ChunkFailure`, the system's error, or a `BackupError` that says what is in the way. */
export function writeEntry(context: WriteContext, directory: number, entry: UnpackedEntry): WrittenEntry {
  if (entry.action === 'describe') return describe(context, directory, entry);
  if (entry.action === 'replace') makeRoom(context, directory, entry.name);
  return entry.type === 'file' ? writeFile(context, directory, entry) : makeEntry(context, directory, entry);
}

/** A directory is not replaced by a rename. Empty, it goes; with something in it, only where deleting was asked for. */
export function makeRoom(
  { calls, delete: mayDelete }: Pick<WriteContext, 'calls' | 'delete'>,
  directory: number,
  name: Uint8Array,
): void {
  if (statusAt(calls, directory, name)?.type !== 'directory') return;
  if (mayDelete) removeTree(calls, directory, name);
  else calls.removeDirectory(directory, name);
}

function writeFile(context: WriteContext, directory: number, entry: UnpackedEntry): WrittenEntry {
  const file = createFile(context.calls, directory);
  try {
    const place = { offset: 0, sparse: entry.sparse };
    checkSize(writeContent(context, file.descriptor, entry.chunks, place), entry.sizeBytes);
  } catch (error) {
    discardFile(context.calls, file, directory);
    throw error;
  }
  return finishFile(context, file, directory, entry);
}

/** The chunks one after another from `offset` on. Returns the bytes they have. */
export function writeContent(
  context: WriteContext,
  descriptor: number,
  chunks: Uint32Array,
  { offset, sparse }: { readonly offset: number; readonly sparse: boolean },
): number {
  let at = offset;
  for (const chunk of chunks) {
    const bytes = context.chunks.open(chunk);
    if (sparse) writeSparse(descriptor, bytes, at);
    else writeFully(descriptor, bytes, at);
    if (context.verify) compare(descriptor, bytes, at);
    at += bytes.length;
  }
  return at - offset;
}

/** Metadata, then the name: from then on the file is seen, whole. It is closed or discarded in any case. */
export function finishFile(
  context: WriteContext,
  file: NewFile,
  directory: number,
  entry: UnpackedEntry,
): WrittenEntry {
  const { calls } = context;
  let problems: readonly MetadataProblem[];
  let inode: bigint | undefined;
  try {
    extend(calls, file.descriptor, entry);
    problems = writeMetadata(calls, file.descriptor, entry);
    if (entry.hardLink) inode = statusOf(calls, file.descriptor).inode;
  } catch (error) {
    discardFile(calls, file, directory);
    throw error;
  }
  const published = publishFile(calls, file, directory, entry.name, { replace: entry.action === 'replace' });
  if (!published) throw taken();
  return { problems, ...(inode !== undefined && { inode }) };
}

export function checkSize(chunkBytes: number, sizeBytes: number): void {
  if (chunkBytes === sizeBytes) return;
  throw new BackupError('damaged', {
    attempted: 'restore a file',
    detail: `its chunks have ${chunkBytes} bytes, its entry says ${sizeBytes}`,
  });
}

/** The hole at the end of a sparse file. */
function extend(calls: SystemCalls, descriptor: number, { sparse, sizeBytes }: UnpackedEntry): void {
  if (sparse && statusOf(calls, descriptor).sizeBytes < sizeBytes) ftruncateSync(descriptor, sizeBytes);
}

const comparison = Buffer.allocUnsafe(256 * 1024);

function compare(descriptor: number, expected: Uint8Array, offset: number): void {
  for (let at = 0; at < expected.length; ) {
    const piece = expected.subarray(at, at + comparison.length);
    const count = readSync(descriptor, comparison, 0, piece.length, offset + at);
    // Behind its last byte a sparse file is not there yet.
    const found = count === 0 ? comparison.fill(0, 0, piece.length) : comparison;
    const length = count === 0 ? piece.length : count;
    if (found.compare(piece, 0, length, 0, length) !== 0)
      throw new BackupError('target', { attempted: 'verify a file', detail: 'it reads back differently' });
    at += length;
  }
}

function makeEntry(context: WriteContext, directory: number, entry: UnpackedEntry): WrittenEntry {
  const { calls } = context;
  let written: WrittenEntry | undefined;
  const make = (name: Uint8Array) => {
    if (!makeUnder(calls, directory, name, entry)) throw taken();
    written = describe(context, directory, { ...entry, name });
  };
  if (entry.action === 'replace') replaceName(calls, directory, entry.name, make);
  else make(entry.name);
  return written!;
}

function makeUnder(calls: SystemCalls, directory: number, name: Uint8Array, entry: UnpackedEntry): boolean {
  if (entry.type === 'symlink') return calls.makeSymlink(entry.target, directory, name);
  const device = entry.type.endsWith('device') ? deviceNumber(entry) : 0n;
  return calls.makeNode(directory, name, bitsOfType(entry.type) | 0o600, device);
}

/** As the kernel and every libc of Linux write a pair of major and minor in 64 bits. */
function deviceNumber({ major, minor }: { readonly major: number; readonly minor: number }): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    ((high & 0xffff_f000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffff_ff00n) << 12n) | (low & 0xffn)
  );
}

/** Metadata of an entry that is there: of exactly what was meant, which has no other name that would change along. */
function describe({ calls }: WriteContext, directory: number, entry: UnpackedEntry): WrittenEntry {
  const descriptor = calls.open(directory, entry.name, openFlags.path);
  try {
    const { type, links, inode } = statusOf(calls, descriptor);
    if (type !== entry.type || links !== 1) throw exchanged();
    const isSymlink = type === 'symlink';
    const problems = writeMetadataByPath(calls, descriptor, entry, { isSymlink });
    return { problems, ...(entry.hardLink && { inode }) };
  } finally {
    calls.close(descriptor);
  }
}

function taken(): BackupError {
  return new BackupError('target', {
    attempted: 'make an entry',
    detail: 'something of its name appeared meanwhile, or the file system does not tell the two names apart',
  });
}

function exchanged(): BackupError {
  return new BackupError('target', {
    attempted: 'set the metadata of an entry',
    detail: 'something else took its place meanwhile',
  });
}
