// Names of a log's files: `000000000042.segment`, and `000000000042.segment.new` while it is being made. Twelve digits,
// so that names sort as numbers do.

import assert from 'node:assert/strict';
import { segmentNumberMax } from '../limits.ts';

const segmentNamePattern = /^(\d{12})\.segment$/;
const unfinishedNamePattern = /^\d{12}\.segment\.new$/;

export function segmentName(segment: number): string {
  assert(
    Number.isSafeInteger(segment) && segment >= 1 && segment <= segmentNumberMax,
    `a segment number is from 1 to ${segmentNumberMax}, not ${segment}`,
  );
  return `${String(segment).padStart(12, '0')}.segment`;
}

/** The name a segment has until its header is durable. */
export function unfinishedName(segment: number): string {
  return `${segmentName(segment)}.new`;
}

/** Undefined for any other file: it is not the log's, and left alone. */
export function segmentOfName(name: string): number | undefined {
  const digits = segmentNamePattern.exec(name)?.[1];
  const segment = digits === undefined ? 0 : Number(digits);
  return segment === 0 ? undefined : segment;
}

export function isUnfinishedName(name: string): boolean {
  return unfinishedNamePattern.test(name);
}
