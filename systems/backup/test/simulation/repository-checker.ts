// What must hold in the store at every moment, seen by the checker's own eyes: each snapshot that is there and has no tombstone has all
// its chunks, each in a pack that is there and that an index object names.

import assert from 'node:assert/strict';
import type { Repository } from '../../src/core/repository.ts';
import { decodeIndexObject } from '../../src/format/index-object.ts';
import { idOf, objectName, prefixes } from '../../src/format/object-names.ts';
import { decodeSnapshotRecord } from '../../src/format/records/snapshot.ts';
import type { SnapshotRecord } from '../../src/format/snapshot-record.ts';
import { parsePackEntries } from '../../src/packing/pack-layout.ts';
import { hex } from './model-backup.ts';
import type { ObjectStoreServer } from './object-store-server.ts';

type IndexedChunks = readonly { readonly packId: string; readonly chunks: readonly string[] }[];

export class RepositoryChecker {
  readonly #server: ObjectStoreServer;
  readonly #objects: Repository['objects'];
  /** By the root's fingerprints in hex: all that it reaches, itself included. */
  readonly #reach = new Map<string, readonly string[]>();
  readonly #indexes = new Map<string, IndexedChunks>();
  readonly #records = new WeakMap<Uint8Array, SnapshotRecord>();
  /** Acknowledged to a client, and not forgotten by any that we know of. */
  readonly #acknowledged = new Set<string>();
  /** Somebody wants these gone; others may learn of a snapshot before its writer does. */
  readonly #forgotten = new Set<string>();

  constructor(server: ObjectStoreServer, objects: Repository['objects']) {
    this.#server = server;
    this.#objects = objects;
  }

  built(root: string, chunks: readonly string[]): void {
    this.#reach.set(root, chunks);
  }

  acknowledged(id: string): void {
    if (!this.#forgotten.has(id)) this.#acknowledged.add(id);
    this.check();
  }

  /** From now on it may go. */
  forgotten(id: string): void {
    this.#forgotten.add(id);
    this.#acknowledged.delete(id);
  }

  /** Ids of snapshots that are there and not forgotten. */
  live(): readonly string[] {
    const tombstones = new Set(this.#ids('tombstones'));
    const ids = this.#ids('snapshots').filter((id) => !tombstones.has(id));
    return ids.filter((id) => this.#recordOf(id).kind === 'snapshot');
  }

  /** Throws when something is there that must never be. */
  check(): void {
    const live = this.live();
    for (const id of this.#acknowledged) {
      assert(live.includes(id), `snapshot ${id} was acknowledged, and is gone or fenced`);
    }
    const readable = this.#readable();
    for (const id of live) {
      const lost = this.chunksOf(id).filter((chunk) => !readable.has(chunk));
      assert(lost.length === 0, `snapshot ${id} has lost ${lost.length} chunks, ${lost[0]} among them`);
    }
  }

  /** After everything came to rest and gc had its turns: what nobody needs is gone, and nothing is stored twice. */
  checkClean(): void {
    const needed = new Set(this.live().flatMap((id) => this.chunksOf(id)));
    const seen = new Set<string>();
    const named = new Set<string>();
    for (const { packId, chunks } of this.#indexed()) {
      if (named.has(packId)) continue;
      named.add(packId);
      for (const chunk of chunks) {
        assert(needed.has(chunk), `chunk ${chunk} of pack ${packId} is garbage and stayed`);
        assert(!seen.has(chunk), `chunk ${chunk} is stored twice`);
        seen.add(chunk);
      }
    }
    for (const id of this.#ids('packs')) assert(named.has(id), `pack ${id} is in no index object and stayed`);
    assert.deepEqual([...this.#server.names(prefixes.condemned)], [], 'a condemnation stayed');
    // One that was committed stays for a month if its writer died before it deleted it.
    const open = this.#ids('sessions').filter(
      (id) => this.#server.bytesOf(objectName('snapshots', id)) === undefined,
    );
    assert.deepEqual(open, [], 'a session stayed');
  }

  /** A month later: neither fences nor tombstones nor verdicts are left. */
  checkForgotten(): void {
    for (const prefix of ['tombstones', 'verdicts', 'sessions', 'condemned'] as const) {
      assert.deepEqual([...this.#server.names(prefixes[prefix])], [], `${prefix} stayed`);
    }
    const live = this.live();
    for (const id of this.#ids('snapshots')) assert(live.includes(id), `the fence ${id} stayed`);
  }

  #ids(prefix: 'snapshots' | 'tombstones' | 'packs' | 'sessions'): readonly string[] {
    return this.#server.names(prefixes[prefix]).flatMap((name) => idOf(prefix, name) ?? []);
  }

  /** All that a live snapshot reaches, in hex. */
  chunksOf(id: string): readonly string[] {
    const record = this.#recordOf(id);
    assert(record.kind === 'snapshot');
    return this.chunksBelow(record.root.fingerprints);
  }

  /** The root's own among them. */
  chunksBelow(root: Uint8Array): readonly string[] {
    const chunks = this.#reach.get(hex(root));
    assert(chunks !== undefined, `nobody built a snapshot with the root ${hex(root)}`);
    return chunks;
  }

  #recordOf(id: string): SnapshotRecord {
    const name = objectName('snapshots', id);
    // By the bytes: a name may be a fence later, when a session came back late.
    const bytes = this.#server.bytesOf(name)!;
    const known = this.#records.get(bytes);
    if (known !== undefined) return known;
    const record = decodeSnapshotRecord(this.#objects.open({ kind: 'snapshot', name }, bytes), {
      id,
      object: name,
    });
    this.#records.set(bytes, record);
    return record;
  }

  #readable(): ReadonlySet<string> {
    const readable = new Set<string>();
    for (const { packId, chunks } of this.#indexed()) {
      if (this.#server.bytesOf(objectName('packs', packId)) === undefined) continue;
      for (const chunk of chunks) readable.add(chunk);
    }
    return readable;
  }

  #indexed(): IndexedChunks {
    return this.#server.names(prefixes.index).flatMap((name) => this.#indexOf(name));
  }

  #indexOf(name: string): IndexedChunks {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const id = idOf('index', name)!;
    const packs = decodeIndexObject(this.#objects.openIndexObject(id, this.#server.bytesOf(name)!), name);
    const indexed = packs.map((pack) => {
      const { count, fingerprints } = parsePackEntries(pack.entries, pack.entryCount, name);
      const chunks = Array.from({ length: count }, (_, i) => hex(fingerprints.subarray(i * 32, i * 32 + 32)));
      return { packId: pack.id, chunks };
    });
    this.#indexes.set(name, indexed);
    return indexed;
  }
}
