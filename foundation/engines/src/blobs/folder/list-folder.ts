// Walks a folder in the order of the names' bytes, and enters only subfolders that can hold what is asked for. Memory
// holds the entries of the folders from the root down to where the walk is, never all names.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteString, type FolderEntry, parseEntry } from './blob-path.ts';

export type NameRange = { readonly prefix: ByteString; readonly after: ByteString };
export type FoundBlob = { readonly name: ByteString; readonly path: string };

/** The blobs whose names start with `prefix` and sort after `after`. What is deleted meanwhile may still be named. */
export async function* listFolder(
  root: string,
  range: NameRange,
  parent: ByteString = '',
): AsyncGenerator<FoundBlob> {
  for (const { isFolder, bytes, entry } of await readEntries(root)) {
    const name = parent + bytes;
    const path = join(root, entry);
    if (isFolder) {
      if (mayHold(name, range)) yield* listFolder(path, range, name);
    } else if (name.startsWith(range.prefix) && name > range.after) {
      yield { name, path };
    }
  }
}

/** Whether a name that starts with `start` can be in the range. */
function mayHold(start: ByteString, { prefix, after }: NameRange): boolean {
  if (!start.startsWith(prefix) && !prefix.startsWith(start)) return false;
  return start > after || after.startsWith(start);
}

async function readEntries(folder: string): Promise<readonly FolderEntry[]> {
  const entries = await readdir(folder);
  return entries
    .flatMap((entry) => parseEntry(entry) ?? [])
    .sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : 0));
}
