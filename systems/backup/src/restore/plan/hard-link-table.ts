// Files of the snapshot with several names: the first that is restored is written, the others are linked to it. A group is
// forgotten when all its names came, so memory is that of the groups that are open.

import type { TreeEntry } from '../../format/tree-entry.ts';
import type { RestoreItem } from './restore-item.ts';

export type LinkGroup = {
  readonly first: RestoreItem;
  /** Of the first name, when it was written. */
  inode: bigint | undefined;
  namesLeft: number;
};

export class HardLinkTable {
  readonly #groups = new Map<string, LinkGroup>();

  /** Undefined for what has one name. Every name is asked for once. */
  join(item: RestoreItem): { readonly group: LinkGroup; readonly isFirst: boolean } | undefined {
    const key = keyOf(item.entry);
    if (key === undefined) return undefined;
    const namesLeft = item.entry.hardLink!.links;
    const existing = this.#groups.get(key);
    const group = existing ?? { first: item, inode: undefined, namesLeft };
    group.namesLeft -= 1;
    if (group.namesLeft > 0) this.#groups.set(key, group);
    else this.#groups.delete(key);
    return { group, isFirst: existing === undefined };
  }
}

function keyOf({ inode, hardLink }: TreeEntry): string | undefined {
  return hardLink && `${hardLink.device}:${inode}`;
}
