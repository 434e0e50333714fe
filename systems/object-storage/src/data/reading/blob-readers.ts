// Opens blobs for reading and holds their segments meanwhile.

import type { SegmentLog } from '@cairn/segment-log';
import type { Clock } from '@cairn/world';
import { readBatchBlocks, readBuffersKeptMax, readTailBytesMax } from '../../limits.ts';
import type { BlobIndex } from '../blob-index.ts';
import { BlobDamagedError, type KnownPlace, type PlacedReader } from '../data-store.ts';
import type { Holds } from '../holds.ts';
import { piecesBytesMax, segmentsOf } from '../runs.ts';
import { segmentName } from '../segment-name.ts';
import type { BlobCache } from './blob-cache.ts';
import { readBlobNow, SegmentBlobReader } from './blob-reader.ts';
import { BufferPool } from './buffer-pool.ts';

export type BlobReadersParts = {
  readonly index: BlobIndex;
  readonly logs: readonly SegmentLog[];
  readonly clock: Pick<Clock, 'nextTurn'>;
  readonly holds: Holds;
  readonly buffers: BufferPool;
  readonly small: BlobCache;
  readonly isDamaged: (blob: string) => boolean;
};

/** For the reads of one data store, or of all drives of a machine. */
export function readBuffers({ keptMax = readBuffersKeptMax } = {}): BufferPool {
  const bytes = piecesBytesMax(readBatchBlocks, { tailBytesMax: readTailBytesMax });
  return new BufferPool({ bytes, keptMax });
}

type OnDamage = (error: BlobDamagedError) => void;

export class BlobReaders {
  readonly #parts: BlobReadersParts;
  /** Readers between looking a blob up and holding its segments. */
  readonly #opening = new Set<Promise<unknown>>();

  constructor(parts: BlobReadersParts) {
    this.#parts = parts;
  }

  /** Needs no hold: it is over before anything else can happen. */
  readNow(
    blob: string,
    { onDamage, into }: { onDamage: OnDamage; into: Buffer | undefined },
  ): Uint8Array | undefined {
    const place = this.#parts.index.locateNow(blob);
    if (place === undefined) return undefined;
    const { small, isDamaged, logs } = this.#parts;
    const kept = small.get(place);
    // Of one that was found damaged nothing is given that the disk does not give.
    if (kept !== undefined && !isDamaged(blob)) return kept;
    const bytes = readBlobNow(logs[place.log]!, { blob, place, onDamage, into });
    if (bytes !== undefined && small.wants(place)) small.keep(place, new Uint8Array(bytes));
    return bytes;
  }

  async open(blob: string, onDamage: OnDamage): Promise<PlacedReader | undefined> {
    const place = this.#parts.index.locateNow(blob);
    if (place !== undefined) return this.#hold(blob, place, onDamage);
    const opening = this.#open(blob, onDamage);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  /** Resolves when everybody who looked a blob up before the call holds its segments, or has given up. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#opening);
  }

  async #open(blob: string, onDamage: OnDamage): Promise<PlacedReader | undefined> {
    const place = await this.#located(blob, onDamage);
    return place === undefined ? undefined : this.#hold(blob, place, onDamage);
  }

  async #located(blob: string, onDamage: OnDamage): Promise<KnownPlace | undefined> {
    try {
      return await this.#parts.index.locate(blob);
    } catch (error) {
      if (error instanceof BlobDamagedError) onDamage(error);
      throw error;
    }
  }

  #hold(blob: string, place: KnownPlace, onDamage: OnDamage): PlacedReader {
    const { holds, logs, clock, buffers } = this.#parts;
    const releases = [...segmentsOf(place.runs)].map((segment) =>
      holds.hold(segmentName({ log: place.log, segment })),
    );
    const release = () => {
      for (const one of releases) one();
    };
    const log = logs[place.log]!;
    return new SegmentBlobReader({ blob, location: place, log, clock, release, onDamage, buffers });
  }
}
