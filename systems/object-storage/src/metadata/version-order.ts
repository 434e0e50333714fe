// Ids of versions, which are also their order: as text, the newest of a key sorts first.
//
//   id = tick: 16 hexadecimal digits of 2^64 - 1 - (milliseconds since the epoch * 2^16)     then 16 random ones
//
// Within a key every version gets a smaller tick than the one before, also within one millisecond or when the clock has
// jumped back: then it is one less than that of the newest. The random digits make an id hard to guess.

import assert from 'node:assert/strict';

/** Of the object that was put while its bucket was never versioned: older than all others, and shown as `null`. */
export const versionBeforeVersioning = '~';

/** Sorts behind every version of a key. */
export const behindAllVersions = '~~';

export const nullVersionId = 'null';
const tickDigits = 16;
export const versionRandomBytes = 8;
const newestMsMax = 2 ** 48 - 1;

/** `newest` is that of the key so far; `random` holds 16 hexadecimal digits. */
export function newVersion(options: { nowMs: number; newest: string | undefined; random: string }): string {
  const { nowMs, newest, random } = options;
  assert(nowMs >= 0 && nowMs <= newestMsMax && random.length === 2 * versionRandomBytes);
  const tick = `${(newestMsMax - nowMs).toString(16).padStart(12, '0')}ffff`;
  if (newest === undefined || tick < newest.slice(0, tickDigits)) return tick + random;
  return (BigInt(`0x${newest.slice(0, tickDigits)}`) - 1n).toString(16).padStart(tickDigits, '0') + random;
}

/**
 * When a version came to its key, and what was newest there became noncurrent. Not always when it was modified: a rename
 * keeps that. The id says it, unless a clock that was wrong made it: then it is a time to come.
 */
export function arrivedMs(
  { version, modified_ms }: { readonly version: string; readonly modified_ms: number },
  { nowMs }: { readonly nowMs: number },
): number {
  if (version === versionBeforeVersioning) return modified_ms;
  const namedMs = newestMsMax - Number.parseInt(version.slice(0, 12), 16);
  return namedMs > nowMs ? modified_ms : Math.max(modified_ms, namedMs);
}

/** The place of an id in time, 65,536 to a millisecond: greater for what is newer. */
export type VersionTick = bigint;
const ticksPerMs = 65_536n;
const newestTick = 2n ** 64n - 1n;

/** The id of a version that stands at `tick`. */
export function versionAt({ tick, random }: { tick: VersionTick; random: string }): string {
  assert(tick >= 0n && tick <= newestTick && random.length === 2 * versionRandomBytes);
  return (newestTick - tick).toString(16).padStart(tickDigits, '0') + random;
}

export function tickOf(version: string): VersionTick {
  return newestTick - BigInt(`0x${version.slice(0, tickDigits)}`);
}

export function tickAt(ms: number): VersionTick {
  return BigInt(Math.min(Math.max(Math.floor(ms), 0), newestMsMax)) * ticksPerMs;
}

/** Whether it can be the id of a version, `null` included. */
export function isVersionId(text: string): boolean {
  return text === nullVersionId || /^[0-9a-f]{32}$/.test(text);
}

/** Whether a listing can go on behind it: the id of a version, or the place of one that has no id of its own. */
export function isVersionMarker(text: string): boolean {
  return isVersionId(text) || text === versionBeforeVersioning;
}

export function shownVersionId(row: { readonly version: string; readonly null_version: number }): string {
  return row.null_version === 1 ? nullVersionId : row.version;
}
