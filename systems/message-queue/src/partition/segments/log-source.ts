// A segment where it was written: in the partition's segment log.

import {
  type ReadOnOptions,
  type RecordsRead,
  recordHeaderBytes,
  type SegmentLog,
  SegmentLogError,
} from '@cairn/segment-log';
import { batchHeaderBytes } from '../../limits.ts';
import { PartitionError } from '../partition.ts';
import {
  type BatchesRead,
  type ListedBatch,
  SegmentGoneError,
  type SegmentSource,
} from './segment-source.ts';

export class LogSource implements SegmentSource {
  readonly segment: number;
  readonly bounds = undefined;
  readonly #log: SegmentLog;
  #isRetired = false;

  constructor(log: SegmentLog, segment: number) {
    this.#log = log;
    this.segment = segment;
  }

  get name(): string {
    return logSegmentName(this.segment);
  }

  async readOn(position: number, options: ReadOnOptions): Promise<BatchesRead> {
    const { segment } = this;
    if (this.#isRetired) throw new SegmentGoneError(segment);
    try {
      return batchesOf(await this.#log.readOn({ segment, position }, options));
    } catch (error) {
      throw this.#failure(error);
    }
  }

  readOnCached(position: number, options: ReadOnOptions): BatchesRead | undefined {
    const { segment } = this;
    if (this.#isRetired) return undefined;
    const read = this.#log.readOnCached({ segment, position }, options);
    return read && batchesOf(read);
  }

  async *list({ from = 0 } = {}): AsyncGenerator<ListedBatch, void, undefined> {
    try {
      for await (const found of this.#log.list(this.segment, { skipsUnreadable: true })) {
        const { position } = found.location;
        const { lengthBytes } = found;
        if (position < from) continue;
        // No batch is missing where there is no room for one: it was the mark of a closed log.
        if (found.kind === 'damage' && lengthBytes < recordHeaderBytes + batchHeaderBytes) continue;
        if (found.kind === 'record' && found.isSound())
          yield { kind: 'batch', position, lengthBytes, payload: found.payload };
        else yield { kind: 'damage', position, lengthBytes };
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  retire(): void {
    this.#isRetired = true;
  }

  #failure(cause: unknown): unknown {
    if (!(cause instanceof SegmentLogError))
      return new PartitionError('KAFKA_STORAGE_ERROR', 'the log could not be read', { cause });
    if (cause.code === 'not-found') return new SegmentGoneError(this.segment, { cause });
    const code = cause.code === 'damaged' ? 'CORRUPT_MESSAGE' : 'KAFKA_STORAGE_ERROR';
    return new PartitionError(code, cause.message, { cause });
  }
}

function batchesOf({ payloads, next, nextBytes }: RecordsRead): BatchesRead {
  let end = next.position;
  const ends = payloads.toReversed().map((payload) => {
    const own = end;
    end -= payload.length + recordHeaderBytes;
    return own;
  });
  return { payloads, ends: ends.reverse(), nextBytes };
}

export function logSegmentName(segment: number): string {
  return String(segment).padStart(12, '0');
}
