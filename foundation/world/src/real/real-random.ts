// Randomness from the operating system's generator, strong enough for ids and secrets.

import assert from 'node:assert/strict';
import { randomBytes, randomFillSync, randomInt } from 'node:crypto';
import type { Random } from '../random.ts';

const belowMax = 2 ** 48;

/**
 * Short pieces are cut from a larger one, each byte given out once: a call for 16 bytes costs 3 us, almost all of it for
 * the call.
 */
const stockBytes = 4_096;
const pieceBytesMax = 64;
let stock: Buffer = Buffer.alloc(0);
let given = 0;

function pieceOf(length: number): Buffer {
  if (given + length > stock.length) {
    stock = randomFillSync(Buffer.allocUnsafeSlow(stockBytes));
    given = 0;
  }
  const piece = Buffer.allocUnsafe(length);
  // Byte by byte: so few take less than two calls.
  for (let index = 0; index < length; index++) {
    piece[index] = stock[given]!;
    // Who finds the stock later does not find what was given out.
    stock[given++] = 0;
  }
  return piece;
}

export const realRandom: Random = {
  bytes: (length) => (length <= pieceBytesMax ? pieceOf(length) : randomBytes(length)),
  integer(below) {
    assert(
      Number.isSafeInteger(below) && below >= 1 && below <= belowMax,
      `a random integer needs a bound from 1 to 2^48, got ${below}`,
    );
    // node:crypto's own bound is one short of ours.
    return below === belowMax ? randomBytes(6).readUIntBE(0, 6) : randomInt(below);
  },
};
