// The tree of a snapshot as resources: directories, and regular files whose content was readable. A symlink is what it points
// to within the same snapshot, as if the snapshot's root were `/`, so none leads out of it. FIFOs, sockets and devices, files without
// content and symlinks that lead nowhere are left out.
//
// Clients follow what they are shown, so what they are shown is finite: a symlink to a directory is listed neither where it
// leads to a directory it lies in (`X11 -> .`), nor below another one, where trees of packages that link to each other would
// unfold without end. Who names such a path gets it.

import type { TreeEntry } from '../../format/tree-entry.ts';
import { joinPath } from '../../manifest/join-path.ts';
import type { DirectoryReader } from './directory-reader.ts';
import type { Collection, Member, Resource } from './resource.ts';

/** As Linux has it. */
const linksFollowedMax = 40;
/** Targets of symlinks that are looked up at once. */
const membersAtOnce = 16;

const slash = 0x2f;
const dot = 0x2e;

/** A directory where it really lies, and those it lies in. */
type Place = { readonly entry: TreeEntry; readonly path: Uint8Array; readonly parent: Place | undefined };
type Found =
  | { readonly kind: 'directory'; readonly place: Place }
  | { readonly kind: 'leaf'; readonly entry: TreeEntry };

export class SnapshotCollection implements Collection {
  readonly kind = 'collection';
  readonly #tree: TreeContext;
  readonly #place: Place;
  /** The path that led here goes through a symlink to a directory. */
  readonly #linked: boolean;

  constructor(tree: TreeContext, place: Place, linked: boolean) {
    this.#tree = tree;
    this.#place = place;
    this.#linked = linked;
  }

  get modified() {
    return this.#place.entry.mtime;
  }

  async member(name: Uint8Array): Promise<Resource | undefined> {
    const { entry: directory, path } = this.#place;
    const entry = await this.#tree.reader.find(directory, name, path);
    return entry && this.#resourceOf(entry);
  }

  async members(): Promise<AsyncIterable<Member>> {
    return this.#list(await this.#tree.reader.entries(this.#place.entry, this.#place.path));
  }

  /** In order; the targets of symlinks are looked up some entries ahead. */
  async *#list(entries: Iterable<TreeEntry>): AsyncGenerator<Member> {
    let group: TreeEntry[] = [];
    for (const entry of entries) {
      group.push(entry);
      if (group.length < membersAtOnce) continue;
      yield* await this.#members(group);
      group = [];
    }
    yield* await this.#members(group);
  }

  async #members(entries: readonly TreeEntry[]): Promise<readonly Member[]> {
    const members = entries.map(async ({ name }, index): Promise<Member | undefined> => {
      const resource = await this.#listed(entries[index]!);
      return resource && { name, resource };
    });
    return (await Promise.all(members)).filter((member) => member !== undefined);
  }

  async #listed(entry: TreeEntry): Promise<Resource | undefined> {
    if (entry.content.kind !== 'symlink') return this.#resourceOf(entry);
    const found = await this.#follow(entry).catch((error: unknown) => this.#tree.onLostLink(error));
    if (found === undefined || this.#unfolds(found)) return undefined;
    return this.#resource(found, true);
  }

  #unfolds(found: Found): boolean {
    return found.kind === 'directory' && (this.#linked || isWithin(this.#place.path, found.place.path));
  }

  async #resourceOf(entry: TreeEntry): Promise<Resource | undefined> {
    if (entry.content.kind !== 'symlink') return this.#resource(foundOf(this.#place, entry), this.#linked);
    const found = await this.#follow(entry);
    return found && this.#resource(found, true);
  }

  #follow(link: TreeEntry): Promise<Found | undefined> {
    return new LinkWalk(this.#tree.reader).follow(this.#place, link);
  }

  #resource(found: Found, linked: boolean): Resource | undefined {
    if (found.kind === 'directory') return new SnapshotCollection(this.#tree, found.place, linked);
    const { entry } = found;
    const { content } = entry;
    return content.kind === 'file' && content.readable ? { kind: 'file', entry, content } : undefined;
  }
}

export type TreeContext = {
  readonly reader: DirectoryReader;
  /** Told why the target of a symlink could not be looked up; throws what ends the listing. */
  readonly onLostLink: (error: unknown) => undefined;
};

/** `root` is the root of a snapshot (`openTree`). */
export function snapshotCollection(root: TreeEntry, tree: TreeContext): Collection {
  return new SnapshotCollection(tree, { entry: root, path: new Uint8Array(), parent: undefined }, false);
}

/** The way of one symlink, through others on it. */
class LinkWalk {
  readonly #reader: DirectoryReader;
  #linksLeft = linksFollowedMax;

  constructor(reader: DirectoryReader) {
    this.#reader = reader;
  }

  async follow(from: Place, { content }: TreeEntry): Promise<Found | undefined> {
    if (content.kind !== 'symlink' || this.#linksLeft === 0) return undefined;
    this.#linksLeft -= 1;
    const { target } = content;
    let at: Found = { kind: 'directory', place: target[0] === slash ? rootOf(from) : from };
    for (const name of segmentsOf(target)) {
      // `name/` and `name/.` are what a directory has, and no file.
      if (at.kind !== 'directory') return undefined;
      const next: Found | undefined = await this.#step(at.place, name);
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }

  async #step(place: Place, name: Uint8Array): Promise<Found | undefined> {
    if (isDots(name, 1) || name.length === 0) return { kind: 'directory', place };
    if (isDots(name, 2)) return { kind: 'directory', place: place.parent ?? place };
    const entry = await this.#reader.find(place.entry, name, place.path);
    if (entry?.content.kind === 'symlink') return this.follow(place, entry);
    return entry && foundOf(place, entry);
  }
}

function foundOf(parent: Place, entry: TreeEntry): Found {
  if (entry.content.kind !== 'directory') return { kind: 'leaf', entry };
  return { kind: 'directory', place: { entry, path: joinPath(parent.path, entry.name), parent } };
}

function rootOf(place: Place): Place {
  let root = place;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

function* segmentsOf(target: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start <= target.length; ) {
    const found = target.indexOf(slash, start);
    const end = found === -1 ? target.length : found;
    yield target.subarray(start, end);
    start = end + 1;
  }
}

function isDots(name: Uint8Array, count: number): boolean {
  return name.length === count && name.every((byte) => byte === dot);
}

/** Whether the directory at `path` is, or lies in, the one at `ancestor`. */
function isWithin(path: Uint8Array, ancestor: Uint8Array): boolean {
  if (path.length < ancestor.length) return false;
  if (Buffer.compare(path.subarray(0, ancestor.length), ancestor) !== 0) return false;
  return path.length === ancestor.length || path[ancestor.length] === slash;
}
