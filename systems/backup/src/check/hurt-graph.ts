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
  hurtBelow: boolean | undefined;
};

export class HurtGraph {
  readonly #nodes = new Map<DirectoryKey, Node>();

  /** `places` of the object are hurt; `links` lead to other objects. About 100 bytes and the paths. */
  add(key: DirectoryKey, places: readonly HurtPlace[], links: readonly SubdirectoryLink[]): void {
    this.#nodes.set(key, { places, links, hurtBelow: undefined });
  }

  /** Everything hurt below a root, depth first, with the whole path. */
  *placesBelow(root: DirectoryKey): Generator<HurtPlace> {
    if (this.isHurt(root)) yield* this.#walk(root, '');
  }

  *#walk(key: DirectoryKey, above: string): Generator<HurtPlace> {
    const node = this.#nodes.get(key);
    if (node === undefined) return;
    for (const place of node.places) yield { ...place, path: join(above, place.path) };
    for (const link of node.links)
      if (this.isHurt(link.key)) yield* this.#walk(link.key, join(above, link.path));
  }

  /**
   * Whether anything in or below it is. A directory's fingerprint depends on what is below it, so there are no cycles, and depth is that of the
   * tree.
   */
  isHurt(key: DirectoryKey): boolean {
    const node = this.#nodes.get(key);
    if (node === undefined) return false;
    if (node.hurtBelow === undefined) {
      node.hurtBelow = false; // what a hostile writer might make: a cycle ends here
      node.hurtBelow = node.places.length > 0 || node.links.some((link) => this.isHurt(link.key));
    }
    return node.hurtBelow;
  }
}

function join(above: string, path: string): string {
  return above === '' || path === '' ? above + path : `${above}/${path}`;
}
