// Receipt handles: which message of which queue, and which of its receives. Sealed, so that nobody has one who was not
// given it.
//
//   version 1   queue 8   offset 8   receive number 8   HMAC-SHA-256 of all before, its first 16 bytes     base64url

import { timingSafeEqual } from 'node:crypto';
import { hmacSha256Hex } from '@cairn/hashing';
import { QueueError } from './queue-error.ts';

export type Receipt = { readonly queueId: string; readonly offset: number; readonly receiveNumber: number };

const version = 1;
const sealedBytes = 25;
const sealBytes = 16;
const handleBytes = sealedBytes + sealBytes;

/** What is sealed, or should have been: used again for every handle. */
const made = Buffer.alloc(handleBytes);
const expectedSeal = Buffer.alloc(sealBytes);

export class ReceiptHandles {
  readonly #key: Buffer;

  /** With a key of 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = Buffer.from(key);
  }

  seal({ queueId, offset, receiveNumber }: Receipt): string {
    made[0] = version;
    made.write(queueId, 1, 'hex');
    writeUint64(made, offset, 9);
    writeUint64(made, receiveNumber, 17);
    made.write(this.#sealOf(made), sealedBytes, 'hex');
    return made.toString('base64url');
  }

  /** Throws QueueError ReceiptHandleIsInvalid for what this system never gave for this queue. */
  open(text: string, queueId: string): Receipt {
    const handle = Buffer.from(text, 'base64url');
    const isOurs =
      handle.length === handleBytes &&
      handle[0] === version &&
      this.#isSealed(handle) &&
      handle.toString('hex', 1, 9) === queueId;
    if (!isOurs)
      throw new QueueError(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${text}" is not a valid receipt handle.`,
      );
    return { queueId, offset: readUint64(handle, 9), receiveNumber: readUint64(handle, 17) };
  }

  #isSealed(handle: Buffer): boolean {
    expectedSeal.write(this.#sealOf(handle), 'hex');
    return timingSafeEqual(expectedSeal, handle.subarray(sealedBytes));
  }

  /** In hexadecimal. */
  #sealOf(handle: Buffer): string {
    return hmacSha256Hex(this.#key, handle.toString('latin1', 0, sealedBytes)).slice(0, 2 * sealBytes);
  }
}

function writeUint64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  bytes.writeUInt32BE(value % 2 ** 32, at + 4);
}

function readUint64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
