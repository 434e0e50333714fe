// Receipt handles: which message of which queue, and which of its receives. Sealed, so that nobody has one who was not
// given it.
//
//   version 1   queue 8   offset 8   receive number 8   HMAC-SHA-256 of all before, its first 16 bytes     base64url

import { createHmac, timingSafeEqual } from 'node:crypto';
import { QueueError } from './queue-error.ts';

export type Receipt = { readonly queueId: string; readonly offset: number; readonly receiveNumber: number };

const version = 1;
const sealedBytes = 25;
const sealBytes = 16;

export class ReceiptHandles {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal({ queueId, offset, receiveNumber }: Receipt): string {
    const handle = Buffer.alloc(sealedBytes + sealBytes);
    handle[0] = version;
    handle.write(queueId, 1, 'hex');
    handle.writeBigUInt64BE(BigInt(offset), 9);
    handle.writeBigUInt64BE(BigInt(receiveNumber), 17);
    handle.set(this.#sealOf(handle), sealedBytes);
    return handle.toString('base64url');
  }

  /** Throws QueueError ReceiptHandleIsInvalid for what this system never gave for this queue. */
  open(text: string, queueId: string): Receipt {
    const handle = Buffer.from(text, 'base64url');
    const isOurs =
      handle.length === sealedBytes + sealBytes &&
      handle[0] === version &&
      timingSafeEqual(this.#sealOf(handle), handle.subarray(sealedBytes)) &&
      handle.toString('hex', 1, 9) === queueId;
    if (!isOurs)
      throw new QueueError(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${text}" is not a valid receipt handle.`,
      );
    return {
      queueId,
      offset: Number(handle.readBigUInt64BE(9)),
      receiveNumber: Number(handle.readBigUInt64BE(17)),
    };
  }

  #sealOf(handle: Buffer): Buffer {
    return createHmac('sha256', this.#key)
      .update(handle.subarray(0, sealedBytes))
      .digest()
      .subarray(0, sealBytes);
  }
}
