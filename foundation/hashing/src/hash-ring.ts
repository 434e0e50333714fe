// Consistent hashing (Karger et al., "Consistent Hashing and Random Trees", 1997): nodes own arcs of a circle, and a key
// belongs to the node whose point is the next one clockwise. Each node has many points ("virtual nodes"), so that the
// shares are even and what a node leaves behind is spread over all others.
//
// The invariant: the points of a node follow from its name and weight alone, so adding one takes keys from others but
// moves none between them, and every process that knows the nodes computes the same owners. Positions are part of what
// systems store: they must never change.
//
//   point i of a node = first 6 bytes, big-endian, of SHA-256("<name>\0<i>"); equal points: the name that sorts first

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { xxhash } from './xxhash.ts';

export type RingNode = {
  readonly name: string;
  /** A node of weight 2 owns twice as much as one of weight 1, which is what it has when absent. */
  readonly weight?: number;
};

export type HashRingOptions = {
  /** Points of a node of weight 1; 256 when absent, which makes shares differ by about 6% (one standard deviation). */
  readonly virtualNodes?: number;
};

const virtualNodesDefault = 256;
const positionBytes = 6;
/** Where in a key that is a hash its position lies: Bloom filters and tables index by the bytes before. */
const positionOffset = 10;

/**
 * Immutable: `with` and `without` give new rings.
 *
 * ```ts
 * const ring = new HashRing([{ name: 'a' }, { name: 'b', weight: 2 }]);
 * ring.owner('photos/sea.jpg'); // 'a' or 'b'
 * ring.owners('photos/sea.jpg', 2); // both, its owner first
 * ```
 */
export class HashRing {
  /** Sorted by name. */
  readonly nodes: readonly RingNode[];
  readonly #virtualNodes: number;
  /** Sorted; `#owners[i]` is the index in `nodes` of the one that owns the point `#positions[i]`. */
  readonly #positions: Float64Array;
  readonly #owners: Uint32Array;

  /** Names have to differ. At least one node. */
  constructor(nodes: readonly RingNode[], { virtualNodes = virtualNodesDefault }: HashRingOptions = {}) {
    assert(
      Number.isInteger(virtualNodes) && virtualNodes >= 1,
      `a node has at least one point, not ${virtualNodes}`,
    );
    assert(nodes.length > 0, 'a ring has at least one node');
    assert.equal(
      new Set(nodes.map(({ name }) => name)).size,
      nodes.length,
      'the nodes of a ring have different names',
    );
    this.nodes = nodes.toSorted((left, right) => (left.name < right.name ? -1 : 1));
    this.#virtualNodes = virtualNodes;
    const points = this.nodes.flatMap((node, owner) => pointsOf(node, { owner, virtualNodes }));
    points.sort((left, right) => left.position - right.position || left.owner - right.owner);
    this.#positions = Float64Array.from(points, ({ position }) => position);
    this.#owners = Uint32Array.from(points, ({ owner }) => owner);
  }

  with(node: RingNode): HashRing {
    return new HashRing([...this.nodes, node], { virtualNodes: this.#virtualNodes });
  }

  without(name: string): HashRing {
    return new HashRing(
      this.nodes.filter((node) => node.name !== name),
      { virtualNodes: this.#virtualNodes },
    );
  }

  /** The name of the node that a key belongs to. O(log points). */
  owner(key: string | Uint8Array): string {
    return this.nodes[this.#ownerAt(positionOf(key))]!.name;
  }

  /**
   * The index in `nodes` of the owner of a key that is a hash itself, so it is not hashed again: at least 16 bytes of
   * `keys` from `offset`, of which bytes 10 to 15 are its position.
   */
  ownerOfHash(keys: Uint8Array, offset = 0): number {
    const at = offset + positionOffset;
    const high = ((keys[at]! << 8) | keys[at + 1]!) * 2 ** 32;
    const low = ((keys[at + 2]! << 24) | (keys[at + 3]! << 16) | (keys[at + 4]! << 8) | keys[at + 5]!) >>> 0;
    return this.#ownerAt(high + low);
  }

  /** The first `count` different nodes clockwise of a key, its owner first; all of them when there are fewer. */
  owners(key: string | Uint8Array, count: number): readonly string[] {
    const found = new Set<number>();
    const first = this.#firstPointAt(positionOf(key));
    for (let step = 0; step < this.#owners.length && found.size < count; step++) {
      found.add(this.#owners[(first + step) % this.#owners.length]!);
    }
    return Array.from(found, (owner) => this.nodes[owner]!.name);
  }

  #ownerAt(position: number): number {
    return this.#owners[this.#firstPointAt(position)]!;
  }

  /** The first point at or behind a position; behind the last point comes the first. */
  #firstPointAt(position: number): number {
    const positions = this.#positions;
    let [low, high] = [0, positions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low === positions.length ? 0 : low;
  }
}

type Point = { readonly position: number; readonly owner: number };

function pointsOf(
  node: RingNode,
  options: { readonly owner: number; readonly virtualNodes: number },
): Point[] {
  const { name, weight = 1 } = node;
  assert(weight > 0 && weight < Infinity, `the weight of ${name} is above 0, not ${weight}`);
  const count = Math.max(1, Math.round(weight * options.virtualNodes));
  return Array.from({ length: count }, (_, index) => ({
    position: hash('sha256', `${name}\0${index}`, 'buffer').readUIntBE(0, positionBytes),
    owner: options.owner,
  }));
}

function positionOf(key: string | Uint8Array): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  return xxhash('xxhash64', bytes).readUIntBE(0, positionBytes);
}
