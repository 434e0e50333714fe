// How directories are cut: as contents are, but where most of one is fingerprints of large files, into smaller chunks. There a change is
// in one place, and nothing compresses: of the 23 KB that name the chunks of a file of 370 MB all but 8 stay stored. Lists of many small files
// are left whole, for they compress less in pieces, and changes lie all over them.

import { Chunker } from '../chunking/chunker.ts';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import { TreeCursor } from '../format/tree-cursor.ts';
import { entryTypes } from '../format/tree-entry.ts';
import {
  fingerprintsChunkBytesAverage,
  fingerprintsChunkBytesMax,
  fingerprintsChunkBytesMin,
} from '../limits.ts';
import { fingerprintBytes } from './fingerprinter.ts';

/** Of a directory's bytes; files of one chunk each have less than half. */
const mostlyFingerprints = 3 / 4;

/** Equal directories are cut alike, whoever does it. Not shared between threads. */
export class DirectoryCutter {
  readonly #keyring: Pick<Keyring, 'chunkerSecret'>;
  readonly #config: Pick<RepositoryConfig, 'chunkBytes'>;
  #coarse: Chunker | undefined;
  #fine: Chunker | undefined;

  constructor(keyring: Pick<Keyring, 'chunkerSecret'>, config: Pick<RepositoryConfig, 'chunkBytes'>) {
    this.#keyring = keyring;
    this.#config = config;
  }

  /** The chunks of a directory's bytes, each valid until the next is asked for. */
  cut(bytes: Uint8Array): Iterable<Uint8Array> {
    const chunker = isMostlyFingerprints(bytes) ? this.#fineChunker() : this.#coarseChunker();
    return chunker.cut([bytes]);
  }

  #coarseChunker(): Chunker {
    this.#coarse ??= new Chunker(this.#keyring.chunkerSecret, this.#config.chunkBytes);
    return this.#coarse;
  }

  /** Its chunks are never larger than those of contents. */
  #fineChunker(): Chunker {
    const { min, average, max } = this.#config.chunkBytes;
    this.#fine ??= new Chunker(this.#keyring.chunkerSecret, {
      min: Math.min(min, fingerprintsChunkBytesMin),
      average: Math.min(average, fingerprintsChunkBytesAverage),
      max: Math.min(max, fingerprintsChunkBytesMax),
    });
    return this.#fine;
  }
}

/** Those of files in directories that lie inline count, too. */
function isMostlyFingerprints(bytes: Uint8Array): boolean {
  let chunks = 0;
  const open = [bytes];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const cursor = new TreeCursor(directory, 'a directory');
    while (cursor.next()) {
      if (cursor.type === entryTypes.file) chunks += cursor.chunkCount;
      else if (cursor.type === entryTypes.directory && cursor.chunkCount === 0)
        open.push(inlineBytes(cursor));
    }
  }
  return chunks * fingerprintBytes > bytes.length * mostlyFingerprints;
}

function inlineBytes({ bytes, inlineStart, lengthBytes }: TreeCursor): Uint8Array {
  return bytes.subarray(inlineStart, inlineStart + lengthBytes);
}
