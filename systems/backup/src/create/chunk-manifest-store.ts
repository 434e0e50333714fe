// The walker's end of the packing: directories are cut, sealed and packed in the walker's own thread, as contents are by
// archivers. They go into packs of their own, so that a reader of trees fetches no contents.

import { randomBytes } from 'node:crypto';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import type { ArchiverCounts, ArchiverInit } from '../packing/archiver-messages.ts';
import { ChunkSink, FingerprintList } from '../packing/chunk-sink.ts';
import { DirectoryCutter } from '../packing/directory-cutter.ts';
import { FingerprintTable } from '../packing/fingerprint-table.ts';
import { packSaltBytes } from '../packing/pack-layout.ts';
import type { SealedPack } from '../packing/sealed-pack.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { StoredDirectory } from './parent-directories.ts';

export class ChunkManifestStore implements ManifestStore {
  readonly #table: FingerprintTable;
  readonly #cutter: DirectoryCutter;
  readonly #sink: ChunkSink;
  readonly #fingerprints = new FingerprintList();

  constructor(init: ArchiverInit) {
    this.#table = FingerprintTable.attach(init.table);
    this.#cutter = new DirectoryCutter(init.keyring, init.config);
    this.#sink = new ChunkSink({
      ...init,
      // Manifests are this host's own: what the table does not know of them nobody else has.
      lookup: 'table',
      type: 'manifest',
      newSalt: () => randomBytes(packSaltBytes),
    });
  }

  knows(fingerprints: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; at += fingerprintBytes) {
      if (!this.#table.has(fingerprints, at)) return false;
    }
    return true;
  }

  store(bytes: Uint8Array): StoredDirectory {
    for (const chunk of this.#cutter.cut(bytes)) this.#fingerprints.add(this.#sink.add(chunk));
    return { kind: 'chunks', fingerprints: this.#fingerprints.take(), lengthBytes: bytes.length };
  }

  takePacks({ flush }: { readonly flush: boolean }): readonly SealedPack[] {
    if (flush) this.#sink.flush();
    return this.#sink.takePacks();
  }

  takeCounts(): ArchiverCounts {
    return this.#sink.takeCounts();
  }
}
