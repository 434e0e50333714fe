// An upload of one record whose bytes are all there: no stream, and one promise from its bytes to their being durable.

import assert from 'node:assert/strict';
import { type RecordLocation, type RecordParts, recordHeaderBytes } from '@cairn/segment-log';
import type { Announcement, BlobIndex, IndexEntry } from '../blob-index.ts';
import { blockHeaderBytes, encodeBlockHeader } from '../block.ts';
import type { StoredBlob } from '../data-store.ts';
import type { SmallBlob } from './small-blobs.ts';

export type SmallUploadOptions = {
  readonly blob: string;
  readonly log: number;
  readonly parts: readonly Uint8Array[];
  readonly sizeBytes: number;
  readonly change: Announcement['change'];
  /** Who is told first what became of it. */
  readonly owner: SmallUploadOwner;
  readonly resolve: (stored: StoredBlob) => void;
  readonly reject: (error: unknown) => void;
};

export type SmallUploadOwner = {
  readonly index: BlobIndex;
  readonly ended: () => void;
  readonly failed: (blob: string, error: unknown, log: number) => void;
};

export class SmallUpload implements SmallBlob {
  readonly blob: string;
  readonly record: RecordParts;
  readonly lengthBytes: number;
  readonly #options: SmallUploadOptions;
  #entry: IndexEntry | undefined;

  constructor(options: SmallUploadOptions) {
    const { blob, parts, sizeBytes } = options;
    this.#options = options;
    this.blob = blob;
    this.record = [encodeBlockHeader({ kind: 'whole', index: 0, sizeBytes, blob }), ...parts];
    this.lengthBytes = recordHeaderBytes + blockHeaderBytes + sizeBytes;
  }

  /** What is kept until the index has it keeps nothing else of the upload: hundreds wait for that at a time. */
  written({ segment, position }: RecordLocation, release: () => void): void {
    const { owner, blob, log, sizeBytes, change } = this.#options;
    this.#entry = owner.index.announce({
      blob,
      place: { log, sizeBytes, runs: [{ segment, position, blocks: 1 }] },
      end: { segment, position: position + this.lengthBytes },
      release,
      change,
    });
  }

  stored(): void {
    const { owner, blob, sizeBytes, resolve } = this.#options;
    assert(this.#entry !== undefined, 'a stored blob was announced');
    owner.ended();
    owner.index.durable(this.#entry);
    resolve({ blob, sizeBytes });
  }

  failed(error: unknown): void {
    const { owner, blob, log, reject } = this.#options;
    if (this.#entry !== undefined) owner.index.lost(this.#entry);
    owner.ended();
    owner.failed(blob, error, log);
    reject(error);
  }
}
