// Randomness from the operating system's generator, strong enough for ids and secrets.

import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../random.ts';

const belowMax = 2 ** 48;

export const realRandom: Random = {
  bytes: (length) => randomBytes(length),
  integer(below) {
    assert(
      Number.isSafeInteger(below) && below >= 1 && below <= belowMax,
      `a random integer needs a bound from 1 to 2^48, got ${below}`,
    );
    // node:crypto's own bound is one short of ours.
    return below === belowMax ? randomBytes(6).readUIntBE(0, 6) : randomInt(below);
  },
};
