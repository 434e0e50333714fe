// Which packs a verification reads whole: none, all, a share that is drawn anew each time, or one of n parts, so that n
// runs read everything.

import assert from 'node:assert/strict';
import type { Random } from '@cairn/world';
import { BackupError } from '../errors.ts';

export type ReadShare =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  /** 0 < percent <= 100, of packs. */
  | { readonly kind: 'percent'; readonly percent: number }
  /** 1 <= part <= parts. The same packs are in the same part each time. */
  | { readonly kind: 'part'; readonly part: number; readonly parts: number };

const partsHighest = 2 ** 20;

/** `12.5%` or `3/10`. Throws `invalid-argument`. */
export function parseReadShare(text: string): ReadShare {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent !== null) {
    const value = Number(percent[1]);
    if (value > 0 && value <= 100) return { kind: 'percent', percent: value };
  }
  const part = /^(\d{1,7})\/(\d{1,7})$/.exec(text);
  if (part !== null) {
    const [n, t] = [Number(part[1]), Number(part[2])];
    if (n >= 1 && n <= t && t <= partsHighest) return { kind: 'part', part: n, parts: t };
  }
  throw new BackupError('invalid-argument', {
    attempted: `read a share of ${JSON.stringify(text)}`,
    detail: 'wanted is a percentage above 0% and up to 100%, or a part such as 3/10',
  });
}

/** Those of `packIds` (64 hex digits each) that are in the share; at least one pack where there is any. */
export function packsInShare(share: ReadShare, packIds: readonly string[], random: Random): Set<string> {
  if (share.kind === 'none') return new Set();
  if (share.kind === 'all') return new Set(packIds);
  if (share.kind === 'percent')
    return drawPacks(packIds, Math.ceil((packIds.length * share.percent) / 100), random);
  const { part, parts } = share;
  assert(part >= 1 && part <= parts, `there is no part ${part} of ${parts}`);
  return new Set(packIds.filter((id) => Number.parseInt(id.slice(0, 8), 16) % parts === part - 1));
}

/** The first steps of a Fisher-Yates shuffle: each pack is as likely as any other. */
function drawPacks(packIds: readonly string[], count: number, random: Random): Set<string> {
  const ids = [...packIds];
  for (let n = 0; n < count; n++) {
    const other = n + random.integer(ids.length - n);
    [ids[n], ids[other]] = [ids[other]!, ids[n]!];
  }
  return new Set(ids.slice(0, count));
}
