// What comes last in a directory: further names of files that are restored, then its own metadata, which writing in it changed.

import { BackupError } from '../../errors.ts';
import { statusAt } from '../../filesystem/file-status.ts';
import { cString } from '../../filesystem/libc.ts';
import { replaceName } from '../../filesystem/new-file.ts';
import { currentDirectory } from '../../filesystem/system-calls.ts';
import { writeMetadata } from '../../filesystem/write-metadata.ts';
import type { DirectoryHandles } from './directory-handles.ts';
import type { UnpackedEntry } from './entry-batch.ts';
import type { HardLink } from './restore-messages.ts';
import { makeRoom, type WriteContext, type WrittenEntry } from './write-entry.ts';

/** Throws the system's error, or `target` when another file took the place of the one to be linked to. */
export function writeLink(context: WriteContext, handles: DirectoryHandles, link: HardLink): void {
  const { calls } = context;
  const from = { directory: handles.open(link.from.directory), name: cString(link.from.name) };
  const directory = handles.openOrMake(link.directory);
  const name = cString(link.name);
  if (calls.link(from, directory, name)) {
    checkLink(context, directory, name, link.inode);
    return;
  }
  if (statusAt(calls, directory, name)?.inode === link.inode) return;
  if (!link.replace)
    throw new BackupError('target', { attempted: 'link a file', detail: 'something has its name' });
  makeRoom(context, directory, name);
  replaceName(calls, directory, name, (temporaryName) => {
    calls.link(from, directory, temporaryName);
    checkLink(context, directory, temporaryName, link.inode);
  });
}

/** A name can be exchanged between two calls, so what it led to is checked behind it. */
function checkLink({ calls }: WriteContext, directory: number, name: Uint8Array, inode: bigint): void {
  if (statusAt(calls, directory, name)?.inode === inode) return;
  calls.unlink(directory, name);
  throw new BackupError('target', {
    attempted: 'link a file',
    detail: 'something else took the place of what it is to be linked to',
  });
}

/** `directory` is its parent's path; it is opened by its own name, and may be the target's root for the empty name. */
export function describeDirectory(
  { calls }: WriteContext,
  handles: DirectoryHandles,
  directory: Uint8Array,
  entry: UnpackedEntry,
): WrittenEntry {
  const name = entry.name.length === 1 ? currentDirectory : entry.name;
  const descriptor = calls.openDirectory(handles.open(directory), name);
  try {
    return { problems: writeMetadata(calls, descriptor, entry) };
  } finally {
    calls.close(descriptor);
  }
}
