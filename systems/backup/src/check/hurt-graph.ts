// Where in the manifests something is hurt. Directories that lie on their own ("objects") are shared by snapshots, so the
// graph has one node for each; paths come into being only on the way from a snapshot's root to what is hurt.

import type { Cause } from './chunk-copies.ts';

/** Of a directory object, by the bytes of its fingerprints (`keyOf`). */
export type DirectoryKey = string;

export type HurtPlace = {
  /** Within the object: names joined by `/`, one character a byte. Empty: the object itself. */
  readonly path: string;
  readonly causes: readonly Cause[];
  readonly directory: boolean;
};

export type SubdirectoryLink = { readonly path: string; readonly key: DirectoryKey };

type Node = {
  readonly places: readonly HurtPlace[];
  readonly links: readonly SubdirectoryLink[];
  state: 'new' | 'entered' | 'hurt' | 'sound';
};

export class HurtGraph {
  readonly #nodes = new Map<DirectoryKey, Node>();

  /** `places` of the object are hurt; `links` lead to other objects. About 100 bytes and the paths. */
  add(key: DirectoryKey, places: readonly HurtPlace[], links: readonly SubdirectoryLink[]): void {
    this.#nodes.set(key, { places, links, state: 'new' });
  }

  /** Everything hurt below a root, depth first, with the whole path: as many as there are paths, through however few objects. */
  *placesBelow(root: DirectoryKey): Generator<HurtPlace> {
    const open = [{ key: root, path: '' }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { key, path } = next;
      const node = this.isHurt(key) ? this.#nodes.get(key)! : nothing;
      for (const place of node.places) yield { ...place, path: join(path, place.path) };
      for (const link of node.links.toReversed())
        if (this.isHurt(link.key)) open.push({ key: link.key, path: join(path, link.path) });
    }
  }

  /**
   * Whether anything in or below it is. A directory's fingerprint depends on what is below it, so there are no cycles; one that a hostile
   * writer might make ends where it closes. No recursion: depth is his to choose, too.
   */
  isHurt(key: DirectoryKey): boolean {
    const open = [key];
    for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
      const node = this.#nodes.get(at);
      if (node === undefined || node.state !== 'new') open.pop();
      if (node?.state === 'new') this.#enter(node, open);
      else if (node?.state === 'entered') this.#settle(node);
    }
    return this.#nodes.get(key)?.state === 'hurt';
  }

  #enter(node: Node, open: DirectoryKey[]): void {
    node.state = 'entered';
    for (const { key } of node.links) if (this.#nodes.get(key)?.state === 'new') open.push(key);
  }

  /** All below it are settled. */
  #settle(node: Node): void {
    const isHurt =
      node.places.length > 0 || node.links.some(({ key }) => this.#nodes.get(key)?.state === 'hurt');
    node.state = isHurt ? 'hurt' : 'sound';
  }
}

const nothing: Pick<Node, 'places' | 'links'> = { places: [], links: [] };

function join(above: string, path: string): string {
  return above === '' || path === '' ? above + path : `${above}/${path}`;
}
