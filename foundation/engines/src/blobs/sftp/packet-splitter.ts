// Cuts what comes out of a pipe into packets: `uint32 length`, then as many bytes. A packet that lies within one piece is
// not copied; memory is bounded by the largest packet that is taken.

import { packetBytesMax } from './sftp-protocol.ts';
import { InvalidPacket } from './sftp-response.ts';

export class PacketSplitter {
  /** The length field of the next packet, as far as it came. */
  readonly #head = Buffer.alloc(4);
  #headBytes = 0;
  /** The packet whose rest is awaited. */
  #packet: Buffer | undefined;
  #filled = 0;

  /** The packets that are complete now, without their lengths. Throws `InvalidPacket`; then it is of no more use. */
  *push(piece: Buffer): Generator<Uint8Array> {
    let at = 0;
    while (at < piece.length) {
      if (this.#packet === undefined) {
        at += this.#fillHead(piece, at);
        if (this.#headBytes < 4) return;
        const length = this.#lengthOfNext();
        if (piece.length - at >= length) {
          yield piece.subarray(at, at + length);
          at += length;
          continue;
        }
        this.#packet = Buffer.allocUnsafeSlow(length);
        this.#filled = 0;
      }
      at += this.#fill(this.#packet, piece, at);
      if (this.#filled < this.#packet.length) return;
      yield this.#packet;
      this.#packet = undefined;
    }
  }

  #fillHead(piece: Buffer, at: number): number {
    const copied = piece.copy(this.#head, this.#headBytes, at, at + 4 - this.#headBytes);
    this.#headBytes += copied;
    return copied;
  }

  #lengthOfNext(): number {
    const length = this.#head.readUInt32BE(0);
    if (length === 0 || length > packetBytesMax)
      throw new InvalidPacket(`it says that it has ${length} bytes`);
    this.#headBytes = 0;
    return length;
  }

  #fill(packet: Buffer, piece: Buffer, at: number): number {
    const copied = piece.copy(packet, this.#filled, at);
    this.#filled += copied;
    return copied;
  }
}
