// Walks a folder in the order of the names' bytes, and enters only subfolders that can hold what is asked for. Memory
// holds the entries of the folders from the root down to where the walk is, never all names.

import { type ByteString, type FolderEntry, parseEntry } from './blob-path.ts';

export type NameRange = { readonly prefix: ByteString; readonly after: ByteString };
/** `extra` is whatever the reader of folders told about the entry. */
export type FoundBlob<Extra> = { readonly name: ByteString; readonly path: string; readonly extra: Extra };
/** The entries of one folder, in no order. */
export type ReadFolder<Extra> = (
  path: string,
) => Promise<readonly { readonly entry: string; readonly extra: Extra }[]>;

type WalkOptions<Extra> = { readonly range: NameRange; readonly read: ReadFolder<Extra> };

/** The blobs whose names start with `prefix` and sort after `after`. What is deleted meanwhile may still be named. */
export async function* listFolder<Extra>(
  root: string,
  options: WalkOptions<Extra>,
  parent: ByteString = '',
): AsyncGenerator<FoundBlob<Extra>> {
  const { range, read } = options;
  for (const { isFolder, bytes, entry, extra } of inOrder(await read(root))) {
    const name = parent + bytes;
    const path = `${root}/${entry}`;
    if (isFolder) {
      if (mayHold(name, range)) yield* listFolder(path, options, name);
    } else if (name.startsWith(range.prefix) && name > range.after) {
      yield { name, path, extra };
    }
  }
}

/** Whether a name that starts with `start` can be in the range. */
function mayHold(start: ByteString, { prefix, after }: NameRange): boolean {
  if (!start.startsWith(prefix) && !prefix.startsWith(start)) return false;
  return start > after || after.startsWith(start);
}

function inOrder<Extra>(
  entries: readonly { readonly entry: string; readonly extra: Extra }[],
): readonly (FolderEntry & { readonly extra: Extra })[] {
  return entries
    .flatMap(({ entry, extra }) => {
      const parsed = parseEntry(entry);
      return parsed === undefined ? [] : { ...parsed, extra };
    })
    .sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : 0));
}
