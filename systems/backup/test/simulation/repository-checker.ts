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
import { StoredContents } from './stored-contents.ts';

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
  readonly #contents: StoredContents;
  /** Ids of packs of which chunks rotted, and which. */
  readonly #bad = new Map<string, ReadonlySet<string>>();
  /** Chunks of which any copy rotted since all was mended: what becomes of the others is not asked, for nobody knew. */
  #rotten = new Set<string>();
  /** Snapshots that reached any of these. */
  readonly #hurt = new Set<string>();
  /** Repaired snapshots that were compared with what they were made from. */
  readonly #compared = new Set<string>();

  constructor(server: ObjectStoreServer, repository: Pick<Repository, 'objects' | 'config' | 'keyring'>) {
    this.#server = server;
    this.#objects = repository.objects;
    this.#contents = new StoredContents(repository);
  }

  /** To be told of every pack that is put, where packs may rot. */
  packPut(name: string): void {
    this.#contents.put(idOf('packs', name)!, this.#server.bytesOf(name)!);
  }

  get hasRotten(): boolean {
    return this.#rotten.size > 0;
  }

  isRotten(chunk: string): boolean {
    return this.#rotten.has(chunk);
  }

  /** What there is to rot. */
  packs(): readonly string[] {
    return this.#server.names(prefixes.packs);
  }

  /** Loses a pack, or a bit of its chunk that `which` picks. */
  rot(name: string, what: 'pack' | 'chunk', which: number): void {
    const id = idOf('packs', name)!;
    const chunks = this.#contents.chunksOf(id);
    const hurt = what === 'pack' ? chunks : [chunks[which % chunks.length]!];
    // The same bit once more would make it whole again.
    if (what === 'chunk' && this.#bad.get(id)?.has(hurt[0]!.chunk)) return;
    for (const { chunk } of hurt) this.#rotten.add(chunk);
    this.#bad.set(id, (this.#bad.get(id) ?? new Set()).union(new Set(hurt.map(({ chunk }) => chunk))));
    const bytes = Uint8Array.from(this.#server.bytesOf(name)!);
    const at = hurt[0]!.offset;
    this.#server.rot(name, what === 'pack' ? undefined : bytes.with(at, bytes[at]! ^ 4));
  }

  /** A repair that forgot what was hurt has ended, alone: from now on no chunk may be lacking. */
  mended(): void {
    this.#rotten = new Set();
    this.check();
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
      if (this.#wasHurt(id)) continue;
      assert(live.includes(id), `snapshot ${id} was acknowledged, and is gone or fenced`);
    }
    for (const id of live) this.#compare(id);
    const readable = this.#readable();
    for (const id of live) {
      const lost = this.chunksOf(id).filter((chunk) => !readable.has(chunk) && !this.isRotten(chunk));
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
    const known = this.#reach.get(hex(root));
    if (known !== undefined) return known;
    assert(this.#contents.isTree(hex(root)), `nobody built a snapshot with the root ${hex(root)}`);
    // By a repair.
    const chunks = this.#contents.reach(root);
    this.#reach.set(hex(root), chunks);
    return chunks;
  }

  /** Then a repair may have forgotten it. */
  #wasHurt(id: string): boolean {
    const isThere = this.#server.bytesOf(objectName('snapshots', id)) !== undefined;
    if (!isThere || this.#recordOf(id).kind !== 'snapshot') return this.#hurt.has(id);
    const isHurt = this.#rotten.size > 0 && this.chunksOf(id).some((chunk) => this.isRotten(chunk));
    if (isHurt) this.#hurt.add(id);
    return this.#hurt.has(id);
  }

  /** A repair leaves out nothing that it could have read. */
  #compare(id: string): void {
    const record = this.#recordOf(id);
    if (record.kind !== 'snapshot' || record.original === undefined || this.#compared.has(id)) return;
    this.#compared.add(id);
    const original = this.#server.bytesOf(objectName('snapshots', record.original));
    if (original === undefined || !record.tags.includes('repaired')) return;
    const before = this.#recordOf(record.original);
    assert(before.kind === 'snapshot');
    const kept = new Set(this.chunksOf(id));
    const readable = this.#contents.reach(before.root.fingerprints, (chunk) => !this.isRotten(chunk));
    const dropped = readable.filter((chunk) => !this.#contents.isTree(chunk) && !kept.has(chunk));
    assert.deepEqual(dropped, [], `the repaired snapshot ${id} lacks chunks that nothing happened to`);
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
      const bad = this.#bad.get(packId);
      for (const chunk of chunks) if (!bad?.has(chunk)) readable.add(chunk);
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
