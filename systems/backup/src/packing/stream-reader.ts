// Contents that do not come from a file, as messages bring them: one stream at a time, with a chunker of its own, so that a
// long file may be under way meanwhile.

import { Chunker } from '../chunking/chunker.ts';
import { BackupError } from '../errors.ts';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import type { ArchivedFile, ArchiverInput } from './archiver-messages.ts';
import { type ChunkSink, FingerprintList } from './chunk-sink.ts';

type BytesInput = Extract<ArchiverInput, { readonly kind: 'bytes' }>;

export class StreamReader {
  readonly #config: RepositoryConfig;
  readonly #keyring: Keyring;
  readonly #sink: ChunkSink;
  readonly #fingerprints = new FingerprintList();
  /** Made for the first stream: most archivers never have one. */
  #chunker: Chunker | undefined;
  #stream: { readonly id: number; sizeBytes: number } | undefined;

  constructor(config: RepositoryConfig, keyring: Keyring, sink: ChunkSink) {
    this.#config = config;
    this.#keyring = keyring;
    this.#sink = sink;
  }

  /** What the stream became, once it ended. Throws when another stream did not end. */
  add({ id, bytes, end }: BytesInput): ArchivedFile | undefined {
    const chunker = this.#begin(id);
    for (let offset = 0; offset < bytes.length; ) {
      offset += chunker.put(bytes.subarray(offset));
      this.#take(chunker, false);
    }
    if (!end) return undefined;
    this.#take(chunker, true);
    return this.#finish();
  }

  #begin(id: number): Chunker {
    this.#chunker ??= new Chunker(this.#keyring.chunkerSecret, this.#config.chunkBytes);
    if (this.#stream === undefined) this.#chunker.reset();
    this.#stream ??= { id, sizeBytes: 0 };
    if (this.#stream.id !== id) {
      const detail = `stream ${this.#stream.id} has not ended`;
      throw new BackupError('invalid-argument', { attempted: `store stream ${id}`, detail });
    }
    return this.#chunker;
  }

  #take(chunker: Chunker, ended: boolean): void {
    for (let chunk = chunker.next(ended); chunk !== undefined; chunk = chunker.next(ended)) {
      this.#fingerprints.add(this.#sink.add(chunk));
      this.#stream!.sizeBytes += chunk.length;
    }
  }

  #finish(): ArchivedFile {
    const { id, sizeBytes } = this.#stream!;
    this.#stream = undefined;
    return { id, sizeBytes, fingerprints: this.#fingerprints.take(), outcome: 'stored' };
  }
}
