// What tells whether a file is still the one that a client has: its entity tag, which is a hash of its contents (keyed, as the
// fingerprints are), and the time it was changed.

import type { Timestamp } from '../../format/tree-entry.ts';
import { contentId } from '../../packing/open-pack.ts';
import type { FileContent } from '../tree/resource.ts';

export type Validators = {
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly modifiedSeconds: number;
};

const etagDigits = 32;
/** HTTP dates have four digits for the year. */
const secondsHighest = 253_402_300_799;

export function validatorsOf({
  mtime,
  content,
}: {
  readonly mtime: Timestamp;
  readonly content: FileContent;
}): Validators {
  const etag = `"${contentId(content.fingerprints).slice(0, etagDigits)}"`;
  return { etag, modifiedSeconds: dateSeconds(mtime) };
}

/** IMF-fixdate (RFC 9110, 5.6.7); times that it cannot say are the nearest that it can. */
export function httpDate(time: Timestamp): string {
  return new Date(dateSeconds(time) * 1000).toUTCString();
}

function dateSeconds({ seconds }: Timestamp): number {
  return Math.min(Math.max(seconds, 0), secondsHighest);
}
