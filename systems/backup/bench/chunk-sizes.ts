// What the size of chunks costs and saves, in bytes: a tree of mixed files, and five versions of a large file, stored with
// averages of 128 KiB to 1 MiB. `node bench/chunk-sizes.ts [MB of the tree] [MB of the file]`; RESULTS.md quotes it.
//
// Smaller chunks make an edit cheaper, compress worse (each is compressed alone) and take more of index and manifest: 74
// bytes a chunk are counted for those, which is what an entry of a footer, one of an index object and one of a manifest
// take.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chunker } from '../src/chunking/chunker.ts';
import type { Keyring, RepositoryConfig } from '../src/format/repository-config.ts';
import { packBytesDefault } from '../src/limits.ts';
import { ChunkSink } from '../src/packing/chunk-sink.ts';
import { FingerprintTable } from '../src/packing/fingerprint-table.ts';
import { PackBuffers } from '../src/packing/pack-buffers.ts';
import { filesBelow, readWhole } from './corpora/files-below.ts';
import { largeContent, withInsertions, withScatteredEdits } from './corpora/large-file.ts';
import { makeMixedFiles } from './corpora/mixed-files.ts';

const KiB = 1024;
const megabyte = 1_000_000;
const averages = [128, 256, 384, 512, 768, 1024].map((size) => size * KiB);
const entryBytes = 74;
const versions = [2, 3, 4, 5];

const [treeMegabytes = 300, fileMegabytes = 371] = process.argv.slice(2).map(Number);

const secret = (name: string) => createHash('sha256').update(name).digest();
const keyring: Keyring = {
  epochs: new Map([[1, secret('epoch')]]),
  current: 1,
  fingerprintKey: secret('fingerprints'),
  chunkerSecret: secret('chunker'),
};

/** A repository of which only the bytes are kept count of. */
class Store {
  readonly #chunker: Chunker;
  readonly #sink: ChunkSink;
  readonly #buffers = PackBuffers.create(packBytesDefault, 2);

  constructor(average: number) {
    const chunkBytes = { min: average / 4, average, max: average * 4 };
    const config: RepositoryConfig = {
      version: 1,
      id: '',
      created: '',
      fingerprint: 'blake3',
      cipher: 'aes-256-gcm',
      compressionLevel: 3,
      chunkBytes,
      packBytes: packBytesDefault,
      concurrency: 'optimistic',
      leaseMs: 1,
    };
    this.#chunker = new Chunker(keyring.chunkerSecret, chunkBytes);
    this.#sink = new ChunkSink({
      config,
      keyring,
      table: FingerprintTable.create().handle,
      lookup: 'table',
      dry: false,
      type: 'data',
      newSalt: () => randomBytes(32),
      buffers: this.#buffers.handle,
    });
  }

  /** Bytes that the repository grows by, in MB. */
  add(contents: Iterable<Uint8Array>): number {
    for (const content of contents) for (const chunk of this.#chunker.cut([content])) this.#sink.add(chunk);
    this.#sink.flush();
    const packs = this.#sink.takePacks();
    for (const { bytes } of packs) this.#buffers.giveBack(bytes);
    const { bytesStored, chunks } = this.#sink.takeCounts();
    return (bytesStored + chunks * entryBytes) / megabyte;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

const folder = mkdtempSync(join(tmpdir(), 'chunk-sizes-'));
try {
  makeMixedFiles(folder, treeMegabytes * megabyte);
  const large = largeContent(fileMegabytes * megabyte);
  console.log('average     tree     file  insertions  scattered edits   (MB, versions: median of four)');
  for (const average of averages) {
    const tree = new Store(average).add(filesBelow(folder).map(readWhole));
    const store = new Store(average);
    const first = store.add([large]);
    const inserted = versions.map((version) => store.add([withInsertions(large, `insertions ${version}`)]));
    const edited = versions.map((version) => store.add([withScatteredEdits(large, `edits ${version}`)]));
    const columns = [tree, first, median(inserted), median(edited)].map((value) =>
      value.toFixed(1).padStart(8),
    );
    console.log(`${average / KiB} KiB`.padEnd(8), columns.join(' '));
  }
} finally {
  rmSync(folder, { recursive: true });
}
