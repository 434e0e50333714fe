// Entries are views of their directory's bytes, 64 KiB and more: one that is kept for long, or crosses to another thread,
// would keep or copy all of them. This makes one that owns what it holds.

import type { EntryContent, TreeEntry } from '../format/tree-entry.ts';

export function detachEntry(entry: TreeEntry): TreeEntry {
  const attributes = entry.extendedAttributes?.map(({ name, value }) => ({
    name: own(name),
    value: own(value),
  }));
  return {
    ...entry,
    name: own(entry.name),
    ...(attributes && { extendedAttributes: attributes }),
    content: detachContent(entry.content),
  };
}

function detachContent(content: EntryContent): EntryContent {
  switch (content.kind) {
    case 'file':
      return { ...content, fingerprints: own(content.fingerprints) };
    case 'symlink':
      return { ...content, target: own(content.target) };
    case 'directory':
      return {
        ...content,
        tree:
          content.tree.kind === 'inline'
            ? { ...content.tree, bytes: own(content.tree.bytes) }
            : { ...content.tree, fingerprints: own(content.tree.fingerprints) },
      };
    case 'device':
    case 'none':
      return content;
    default:
      return content satisfies never;
  }
}

function own(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
