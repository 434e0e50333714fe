// argon2id (RFC 9106) through node:crypto: makes trying passwords expensive. Its parameters come from a file that a hostile
// store may have written, so they are checked before they cost anything.

import { type Argon2Parameters, argon2, argon2Sync } from 'node:crypto';
import {
  argon2LanesDefault,
  argon2LanesHighest,
  argon2MemoryKiBDefault,
  argon2MemoryKiBHighest,
  argon2PassesDefault,
  argon2PassesHighest,
  argon2WorkKiBHighest,
} from '../limits.ts';

export type PasswordCost = {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
};

export const passwordCostDefault: PasswordCost = {
  memoryKiB: argon2MemoryKiBDefault,
  passes: argon2PassesDefault,
  lanes: argon2LanesDefault,
};

/** A key of 32 bytes from a password. */
export type StretchPassword = (
  password: Uint8Array,
  salt: Uint8Array,
  cost: PasswordCost,
) => Promise<Uint8Array>;

/** On a thread of its own: 64 MiB in three passes take some 140 ms. */
export const stretchPassword: StretchPassword = (password, salt, cost) =>
  new Promise((resolve, reject) => {
    argon2('argon2id', parametersOf(password, salt, cost), (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });

/** The same on the calling thread, for simulations: nothing there may depend on when another thread is done. */
export const stretchPasswordInPlace: StretchPassword = async (password, salt, cost) =>
  argon2Sync('argon2id', parametersOf(password, salt, cost));

/** What is wrong with a cost, or undefined when it can be paid. */
export function problemOfCost(cost: PasswordCost): string | undefined {
  const { memoryKiB, passes, lanes } = cost;
  if (lanes < 1 || lanes > argon2LanesHighest) return `argon2id with ${lanes} lanes`;
  if (memoryKiB < 8 * lanes || memoryKiB > argon2MemoryKiBHighest) return `argon2id with ${memoryKiB} KiB`;
  if (passes < 1 || passes > argon2PassesHighest) return `argon2id with ${passes} passes`;
  if (memoryKiB * passes > argon2WorkKiBHighest) return `argon2id with ${memoryKiB} KiB x ${passes} passes`;
  return undefined;
}

function parametersOf(password: Uint8Array, salt: Uint8Array, cost: PasswordCost): Argon2Parameters {
  return {
    message: password,
    nonce: salt,
    parallelism: cost.lanes,
    tagLength: 32,
    memory: cost.memoryKiB,
    passes: cost.passes,
  };
}
