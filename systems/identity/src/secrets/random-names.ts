// Ids and secrets, from the world's randomness.

import type { Random } from '@cairn/world';
import {
  accessKeyIdRandomCharacters,
  secretKeyBytes,
  tokenBytes,
  userIdRandomCharacters,
} from '../limits.ts';

/** RFC 4648's alphabet: no 0, 1, 8 or 9 to be mistaken for a letter. */
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 20 characters, as long as AWS's, which begin with `AKIA`. */
export function newAccessKeyId(random: Random): string {
  return `CAIRN${randomBase32(random, accessKeyIdRandomCharacters)}`;
}

/** As long; AWS's begin with `ASIA`. No key that is stored begins so. */
export function newSessionKeyId(random: Random): string {
  return `CASIA${randomBase32(random, accessKeyIdRandomCharacters)}`;
}

export function newRoleId(random: Random): string {
  return `AROA${randomBase32(random, userIdRandomCharacters)}`;
}

export function newGroupId(random: Random): string {
  return `AGPA${randomBase32(random, userIdRandomCharacters)}`;
}

/** AWS has no such id: `AOID` is ours. */
export function newProviderId(random: Random): string {
  return `AOID${randomBase32(random, userIdRandomCharacters)}`;
}

/** AWS's form of a user's unique id, which is never used again. */
export function newUserId(random: Random): string {
  return `AIDA${randomBase32(random, userIdRandomCharacters)}`;
}

export function newSecretKey(random: Random): string {
  return random.bytes(secretKeyBytes).toString('base64');
}

/** The prefix lets scanners of source code find a token that leaked. */
export function newToken(random: Random): string {
  return `cairn_${random.bytes(tokenBytes).toString('base64url')}`;
}

export function newTokenId(random: Random): string {
  return randomBase32(random, accessKeyIdRandomCharacters);
}

function randomBase32(random: Random, length: number): string {
  return Array.from(random.bytes(length), (byte) => base32[byte % base32.length]).join('');
}
