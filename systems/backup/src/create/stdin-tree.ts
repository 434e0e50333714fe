// A snapshot of one file whose content came as a stream: its directories are made up, since there are none.

import { BackupError } from '../errors.ts';
import type { TreeEntry, TreeReference } from '../format/tree-entry.ts';
import { TreeWriter } from '../format/tree-writer.ts';
import type { ArchivedFile, ArchiverInput } from '../packing/archiver-messages.ts';

type BytesInput = Extract<ArchiverInput, { kind: 'bytes' }>;

/** What crosses to the archiver at once; smaller pieces of the source are put together. */
const pieceBytes = 1 << 20;
const fileMode = 0o600;
const directoryMode = 0o700;

/** The names on the way to the file. Throws `invalid-argument` for a path that no snapshot can hold. */
export function stdinNames(name: string): readonly string[] {
  const names = name.split('/').filter((part) => part !== '');
  if (names.length > 0 && !names.some((part) => part === '.' || part === '..' || part.includes('\0')))
    return names;
  throw new BackupError('invalid-argument', {
    attempted: 'back up standard input',
    detail: `${JSON.stringify(name)} is not the name of a file`,
  });
}

/** The source in pieces for an archiver. */
export async function* stdinInputs(
  source: AsyncIterable<Uint8Array>,
  id: number,
): AsyncGenerator<BytesInput> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of source) {
    // The source may fill its buffer anew.
    parts.push(Uint8Array.from(part));
    length += part.length;
    if (length < pieceBytes) continue;
    yield { kind: 'bytes', id, type: 'data', bytes: joined(parts), end: false };
    parts = [];
    length = 0;
  }
  yield { kind: 'bytes', id, type: 'data', bytes: joined(parts), end: true };
}

/** The bytes of the root directory. */
export function stdinRoot(names: readonly string[], file: ArchivedFile, nowMs: number): Uint8Array {
  let entry: TreeEntry = {
    ...metadata(names.at(-1)!, nowMs),
    type: 'file',
    mode: fileMode,
    content: {
      kind: 'file',
      sizeBytes: file.sizeBytes,
      sparse: false,
      readable: true,
      fingerprints: file.fingerprints,
    },
  };
  for (const name of names.slice(0, -1).toReversed()) {
    const { bytes, summary } = directoryWith(entry);
    const tree: TreeReference = { kind: 'inline', bytes };
    const content = { kind: 'directory', summary, tree } as const;
    entry = { ...metadata(name, nowMs), type: 'directory', mode: directoryMode, content };
  }
  return directoryWith(entry).bytes;
}

export async function* rootInputs(bytes: Uint8Array, id: number): AsyncGenerator<BytesInput> {
  yield { kind: 'bytes', id, type: 'manifest', bytes: Uint8Array.from(bytes), end: true };
}

function directoryWith(entry: TreeEntry) {
  const writer = new TreeWriter();
  writer.append(entry);
  return writer.finish();
}

function metadata(name: string, nowMs: number) {
  const seconds = Math.floor(nowMs / 1000);
  const time = { seconds, nanoseconds: Math.floor((nowMs - seconds * 1000) * 1_000_000) };
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return { name: Buffer.from(name), ...owner, mtime: time, ctime: time, inode: 0n };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
