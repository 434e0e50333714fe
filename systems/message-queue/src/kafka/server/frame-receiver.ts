// Cuts what a connection receives into frames.
//
//   frame = length: int32, then so many bytes
//
// Small frames come many at a time into a buffer that all connections share, and are copied out of it. The rest of a frame
// of which a part has come is received where it belongs.
//
//   length -> first bytes -> all bytes
//
// A frame has no more than its first few KiB before they have come and there is room for more: whoever sends only lengths
// takes no memory from others. Then it has all at once, so that what all frames hold is bounded, and each that began to hold
// more ends. The kernel gives that memory as the bytes come.

import { firstFrameBytes, pooledFrameBytesMin } from '../../limits.ts';
import { MalformedMessageError } from '../wire/malformed-message.ts';
import { foreignProtocol } from './foreign-protocol.ts';
import type { FrameBuffers } from './frame-buffers.ts';

/** What was received of a request, without the length. `memory` is where it lies. */
export type Frame = { readonly bytes: Buffer; readonly memory: Buffer };

const lengthBytes = 4;

export class FrameReceiver {
  readonly #buffers: FrameBuffers;
  readonly #shared: Buffer;
  readonly #frameBytesMax: () => number;
  readonly #hasRoom: () => boolean;
  readonly #isLoggedIn: () => boolean;
  readonly #lengthSoFar = Buffer.alloc(lengthBytes);
  #lengthBytesSoFar = 0;
  #frameLength = 0;
  #memory: Buffer | undefined;
  #filledBytes = 0;
  /** The memory is for the first bytes of a longer frame. */
  #isFirstOnly = false;
  /** The kernel was told to put the next bytes where they belong. */
  #isDirect = false;

  constructor(options: {
    buffers: FrameBuffers;
    shared: Buffer;
    frameBytesMax: () => number;
    /** Whether a frame may have more than its first bytes. */
    hasRoom: () => boolean;
    /** Whose memory it is. */
    isLoggedIn: () => boolean;
  }) {
    this.#buffers = options.buffers;
    this.#shared = options.shared;
    this.#frameBytesMax = options.frameBytesMax;
    this.#hasRoom = options.hasRoom;
    this.#isLoggedIn = options.isLoggedIn;
  }

  /** A part of a frame has come. */
  get isInside(): boolean {
    return this.#memory !== undefined || this.#lengthBytesSoFar > 0;
  }

  /** The first bytes of a frame have come: `take` takes none before there is room for the others. */
  get needsRoom(): boolean {
    return this.#memory !== undefined && this.#isFirstOnly && this.#filledBytes === this.#memory.length;
  }

  /** Of a frame that has all its memory and not all its bytes, how many have come; undefined when there is none. */
  get holdingBytes(): number | undefined {
    return this.#memory === undefined || this.#isFirstOnly ? undefined : this.#filledBytes;
  }

  /** Where the next bytes are to be put. */
  nextBuffer(): Buffer {
    const isLarge = this.#frameLength - this.#filledBytes >= pooledFrameBytesMin;
    this.#isDirect = this.#memory !== undefined && !this.#isFirstOnly && isLarge;
    return this.#isDirect ? this.#roomIn() : this.#shared;
  }

  /** Bytes that were put where `nextBuffer` said: the frame that they complete, or the bytes to be given to `take`. */
  received(buffer: Buffer, length: number): Frame | Buffer | undefined {
    if (!this.#isDirect) return buffer.subarray(0, length);
    this.#isDirect = false;
    this.#filledBytes += length;
    return this.#complete();
  }

  /**
   * Takes bytes up to the end of one frame, or of its first bytes when there is no room for more; gives the frame, when it is
   * complete, and what is left. Throws MalformedMessageError for a length that no frame has.
   */
  take(bytes: Buffer): { readonly frame: Frame | undefined; readonly rest: Buffer } {
    const whole = this.isInside ? undefined : this.#takeWhole(bytes);
    if (whole !== undefined) return whole;
    let rest = bytes;
    if (this.#memory === undefined) {
      rest = this.#takeLength(bytes);
      if (this.#lengthBytesSoFar < lengthBytes) return { frame: undefined, rest };
      this.#begin(rest.length);
    }
    return this.#takeContent(rest);
  }

  /** Gives back what a connection that ends has of a frame. */
  drop(): void {
    if (this.#memory !== undefined) this.#buffers.uncount(this.#memory);
    this.#memory = undefined;
  }

  /** A small frame that has come whole, as nearly all do. */
  #takeWhole(bytes: Buffer): { readonly frame: Frame; readonly rest: Buffer } | undefined {
    if (bytes.length < lengthBytes) return undefined;
    const length = bytes.readInt32BE(0);
    const end = lengthBytes + length;
    if (length <= 0 || length > firstFrameBytes || end > bytes.length) return undefined;
    if (length > this.#frameBytesMax()) return undefined;
    const memory = this.#take(length);
    bytes.copy(memory, 0, lengthBytes, end);
    return { frame: { bytes: memory, memory }, rest: bytes.subarray(end) };
  }

  #takeLength(bytes: Buffer): Buffer {
    const taken = Math.min(lengthBytes - this.#lengthBytesSoFar, bytes.length);
    bytes.copy(this.#lengthSoFar, this.#lengthBytesSoFar, 0, taken);
    this.#lengthBytesSoFar += taken;
    return bytes.subarray(taken);
  }

  #begin(bytesHere: number): void {
    const length = this.#lengthSoFar.readInt32BE(0);
    const max = this.#frameBytesMax();
    if (length <= 0 || length > max)
      throw (
        foreignProtocol(this.#lengthSoFar) ??
        new MalformedMessageError(`a frame of ${length} bytes, 1 to ${max} are allowed`, { at: 0 })
      );
    this.#frameLength = length;
    this.#filledBytes = 0;
    this.#isFirstOnly = length > firstFrameBytes && (bytesHere <= firstFrameBytes || !this.#hasRoom());
    this.#memory = this.#take(this.#isFirstOnly ? firstFrameBytes : length);
  }

  #takeContent(bytes: Buffer): { readonly frame: Frame | undefined; readonly rest: Buffer } {
    let rest = bytes;
    while (rest.length > 0 && this.#filledBytes < this.#frameLength) {
      if (this.needsRoom && !this.#hasRoom()) break;
      const taken = rest.copy(this.#roomIn());
      this.#filledBytes += taken;
      rest = rest.subarray(taken);
    }
    return { frame: this.#complete(), rest };
  }

  /** What is free of the frame's memory; behind its first bytes it gets all of it. */
  #roomIn(): Buffer {
    const memory = this.#memory!;
    const end = Math.min(memory.length, this.#frameLength);
    if (this.#filledBytes < end) return memory.subarray(this.#filledBytes, end);
    const whole = this.#take(this.#frameLength);
    this.#isFirstOnly = false;
    memory.copy(whole, 0, 0, this.#filledBytes);
    this.#buffers.give(memory);
    this.#memory = whole;
    return whole.subarray(this.#filledBytes, this.#frameLength);
  }

  #take(bytes: number): Buffer {
    return this.#buffers.take(bytes, { isLoggedIn: this.#isLoggedIn() });
  }

  #complete(): Frame | undefined {
    if (this.#memory === undefined || this.#filledBytes < this.#frameLength) return undefined;
    const memory = this.#memory;
    this.#memory = undefined;
    this.#lengthBytesSoFar = 0;
    return { bytes: memory.subarray(0, this.#frameLength), memory };
  }
}
