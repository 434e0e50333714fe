// argon2id (RFC 9106): makes trying passwords expensive. Its parameters come from a file that a hostile store may have
// written, so they are checked before they cost anything.
//
// Not through node:crypto: what an attacker pays is what the fastest implementation takes, and OpenSSL's takes three times
// as long (150 ms for 64 MiB in three passes, against 50), in every command.

import { type Algorithm, hashRaw, hashRawSync, type Options, type Version } from '@node-rs/argon2';
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

/** On a thread of its own. */
export const stretchPassword: StretchPassword = (password, salt, cost) =>
  hashRaw(password, parametersOf(salt, cost));

/** The same on the calling thread, for simulations: nothing there may depend on when another thread is done. */
export const stretchPasswordInPlace: StretchPassword = async (password, salt, cost) =>
  hashRawSync(password, parametersOf(salt, cost));

/** What is wrong with a cost, or undefined when it can be paid. */
export function problemOfCost(cost: PasswordCost): string | undefined {
  const { memoryKiB, passes, lanes } = cost;
  if (lanes < 1 || lanes > argon2LanesHighest) return `argon2id with ${lanes} lanes`;
  if (memoryKiB < 8 * lanes || memoryKiB > argon2MemoryKiBHighest) return `argon2id with ${memoryKiB} KiB`;
  if (passes < 1 || passes > argon2PassesHighest) return `argon2id with ${passes} passes`;
  if (memoryKiB * passes > argon2WorkKiBHighest) return `argon2id with ${memoryKiB} KiB x ${passes} passes`;
  return undefined;
}

const argon2id: Algorithm = 2;
const version13: Version = 1;

function parametersOf(salt: Uint8Array, { memoryKiB, passes, lanes }: PasswordCost): Options {
  return {
    algorithm: argon2id,
    version: version13,
    memoryCost: memoryKiB,
    timeCost: passes,
    parallelism: lanes,
    outputLen: 32,
    salt,
  };
}
