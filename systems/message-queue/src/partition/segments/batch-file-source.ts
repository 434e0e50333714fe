// Reads a batch file: from the disk, or by ranges from elsewhere. Nothing is given that fails a checksum.
//
// A frame whose header rotted says nothing of how long it is: what lies behind is found from the next entry of the index on, and
// `list` looks for the next frame that is sound. One whose batch rotted is passed over. What the disk cannot read is as if it had
// rotted. The footer says nothing that is needed to read the frames, which have checksums of their own: where it is wrong `list` says
// so behind them. Nor does the header, as long as the footer is sound, whose checksum says what all checksums of the file begin from.

import type { ReadOnOptions } from '@cairn/segment-log';
import { readBytesMax } from '../../limits.ts';
import { type Offset, PartitionError } from '../partition.ts';
import {
  batchFileFooterBytes,
  batchFileHeaderBytes,
  batchFileSeed,
  decodeBatchFileFooter,
  decodeBatchFileHeader,
  frameAt,
  frameHeaderBytes,
  isOfOtherFormat,
  mayBeFrame,
  seedOfFooter,
} from './batch-file-format.ts';
import type { ByteRanges } from './byte-ranges.ts';
import {
  type BatchesRead,
  type ListedBatch,
  type OffsetBounds,
  SegmentGoneError,
  type SegmentSource,
} from './segment-source.ts';

export type BatchFileDescription = {
  readonly segment: number;
  /** Without the ending. */
  readonly name: string;
  readonly baseOffset: Offset;
  readonly endOffset: Offset;
};

type Verified = {
  readonly seed: number;
  readonly framesEnd: number;
  /** Its header is sound, and its footer. */
  readonly isBegun: boolean;
  readonly isEnded: boolean;
};
type Frames = Pick<Verified, 'seed' | 'framesEnd'>;

/** What a disk reads or does not read as one. */
const pageBytes = 4_096;

export class BatchFileSource implements SegmentSource {
  readonly segment: number;
  readonly name: string;
  readonly bounds: OffsetBounds;
  readonly #ranges: ByteRanges;
  #verified: Promise<Verified> | undefined;
  #isRetired = false;

  constructor(file: BatchFileDescription, ranges: ByteRanges) {
    this.segment = file.segment;
    this.name = file.name;
    this.bounds = { baseOffset: file.baseOffset, endOffset: file.endOffset };
    this.#ranges = ranges;
  }

  get sizeBytes(): number {
    return this.#ranges.sizeBytes;
  }

  retire(): void {
    this.#isRetired = true;
  }

  async readOn(position: number, options: ReadOnOptions): Promise<BatchesRead> {
    const { seed, framesEnd } = await this.#verify();
    let lengthBytes = Math.min(Math.max(options.lengthBytes, frameHeaderBytes), framesEnd - position);
    if (lengthBytes <= 0) return { payloads: [], ends: [] };
    for (;;) {
      const bytes = await this.#read(position, lengthBytes, options.take);
      const found = wholeBatches(bytes, { position, seed });
      if (found.payloads.length > 0) return found;
      const first = frameAt(bytes, { position, seed });
      const wanted = frameHeaderBytes + (first?.lengthBytes ?? 0);
      // Damaged, or cut short: a longer read would not help.
      if (wanted <= lengthBytes || position + wanted > framesEnd) throw this.#damaged(`at ${position}`);
      lengthBytes = wanted;
    }
  }

  async *list({ from = batchFileHeaderBytes } = {}): AsyncGenerator<ListedBatch, void, undefined> {
    const verified = await this.#verify();
    const { framesEnd: position, isBegun, isEnded } = verified;
    if (!isBegun && from === batchFileHeaderBytes)
      yield { kind: 'damage', position: 0, lengthBytes: batchFileHeaderBytes };
    yield* this.#listFrames(from, verified);
    if (!isEnded) yield { kind: 'damage', position, lengthBytes: batchFileFooterBytes };
  }

  async *#listFrames(
    from: number,
    { seed, framesEnd }: Frames,
  ): AsyncGenerator<ListedBatch, void, undefined> {
    for (let position = from; position < framesEnd; ) {
      const bytes = await this.#read(position, Math.min(readBytesMax, framesEnd - position));
      let at = 0;
      for (;;) {
        const frame = frameAt(bytes.subarray(at), { position: position + at, seed });
        if (frame?.payload === undefined) break;
        yield listed(frame.payload, { position: position + at, isSound: frame.isSound });
        at += frameHeaderBytes + frame.lengthBytes;
      }
      position += at > 0 ? at : yield* this.#listLarge(position, { seed, framesEnd });
    }
  }

  /** A batch that is larger than what is read at once, or what is damaged up to the next frame. Gives its length. */
  async *#listLarge(
    position: number,
    { seed, framesEnd }: Frames,
  ): AsyncGenerator<ListedBatch, number, undefined> {
    const first = frameAt(await this.#read(position, frameHeaderBytes), { position, seed });
    const lengthBytes = frameHeaderBytes + (first?.lengthBytes ?? Number.POSITIVE_INFINITY);
    if (position + lengthBytes > framesEnd) {
      const damaged = (await this.#nextFrame(position + 1, { seed, framesEnd })) - position;
      yield { kind: 'damage', position, lengthBytes: damaged };
      return damaged;
    }
    const whole = frameAt(await this.#read(position, lengthBytes), { position, seed });
    if (whole?.payload === undefined) yield { kind: 'damage', position, lengthBytes };
    else yield listed(whole.payload, { position, isSound: whole.isSound });
    return lengthBytes;
  }

  /** Where the next frame begins whose header is sound, which says where it is; the end of the frames when there is none. */
  async #nextFrame(from: number, { seed, framesEnd }: Frames): Promise<number> {
    for (let at = from; at + frameHeaderBytes <= framesEnd; ) {
      const bytes = await this.#read(at, Math.min(readBytesMax, framesEnd - at));
      for (let index = 0; index + frameHeaderBytes <= bytes.length; index++) {
        const position = at + index;
        const rest = bytes.subarray(index);
        if (mayBeFrame(rest, framesEnd - position) && frameAt(rest, { position, seed }) !== undefined)
          return position;
      }
      const searched = at + Math.max(bytes.length - frameHeaderBytes + 1, 0);
      // In front of what the disk cannot read.
      const isStuck = searched === at || bytes.length < Math.min(readBytesMax, framesEnd - at);
      at = isStuck ? (Math.floor((at + bytes.length) / pageBytes) + 1) * pageBytes : searched;
    }
    return framesEnd;
  }

  #verify(): Promise<Verified> {
    if (this.#verified !== undefined) return this.#verified;
    const verified = this.#readEnds();
    this.#verified = verified;
    verified.catch(() => {
      this.#verified = undefined;
    });
    return verified;
  }

  async #readEnds(): Promise<Verified> {
    const { sizeBytes } = this.#ranges;
    const { baseOffset, endOffset } = this.bounds;
    const framesEnd = sizeBytes - batchFileFooterBytes;
    const headerBytes = await this.#read(0, batchFileHeaderBytes);
    const footerBytes = await this.#read(framesEnd, batchFileFooterBytes);
    const header = decodeBatchFileHeader(headerBytes);
    if (isOfOtherFormat(headerBytes)) throw this.#damaged('its format is not known');
    if (header !== undefined && header.baseOffset !== baseOffset)
      throw this.#damaged(`it begins at offset ${header.baseOffset}`);
    const seed = header === undefined ? seedOfFooter(footerBytes) : batchFileSeed(header.id);
    const footer = seed === undefined ? undefined : decodeBatchFileFooter(footerBytes, seed);
    const isEnded = footer?.position === framesEnd && footer.endOffset === endOffset;
    if (seed === undefined || (header === undefined && !isEnded)) throw this.#damaged('its header');
    return { seed, framesEnd, isBegun: header !== undefined, isEnded };
  }

  async #read(position: number, lengthBytes: number, take?: ReadOnOptions['take']): Promise<Buffer> {
    if (this.#isRetired) throw new SegmentGoneError(this.segment);
    try {
      return await this.#ranges.read(position, lengthBytes, take);
    } catch (cause) {
      if (this.#isRetired) throw new SegmentGoneError(this.segment, { cause });
      if (cause instanceof PartitionError) throw cause;
      throw new PartitionError('KAFKA_STORAGE_ERROR', `${this.name} could not be read`, { cause });
    }
  }

  #damaged(where: string): PartitionError {
    return new PartitionError('CORRUPT_MESSAGE', `the batch file ${this.name} is damaged: ${where}`);
  }
}

/** Up to the first that is not whole or not sound. */
function wholeBatches(bytes: Buffer, { position, seed }: { position: number; seed: number }): BatchesRead {
  const payloads: Uint8Array[] = [];
  const ends: number[] = [];
  for (let at = 0; ; ) {
    const frame = frameAt(bytes.subarray(at), { position: position + at, seed });
    if (frame?.payload === undefined || !frame.isSound)
      return { payloads, ends, nextBytes: frame?.lengthBytes };
    at += frameHeaderBytes + frame.lengthBytes;
    payloads.push(frame.payload);
    ends.push(position + at);
  }
}

function listed(
  payload: Uint8Array,
  { position, isSound }: { position: number; isSound: boolean },
): ListedBatch {
  const lengthBytes = frameHeaderBytes + payload.length;
  return isSound
    ? { kind: 'batch', position, lengthBytes, payload }
    : { kind: 'damage', position, lengthBytes };
}
