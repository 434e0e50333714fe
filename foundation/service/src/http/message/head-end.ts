// Finds where a head ends, in bytes that come in pieces.
//
// A head is parsed when all of it is there. Until then only this is looked at: that it does not get too long, and that
// what came can still become one, so that whoever speaks another protocol is told at once and not after a time limit.

import { HttpProblem } from './http-problem.ts';

const emptyLine = Buffer.from('\r\n\r\n');
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

export type HeadSearch = {
  readonly bytes: Buffer;
  /** Where the head begins. */
  readonly start: number;
  /** Where the bytes that came end. */
  readonly end: number;
  /** How many bytes behind `start` earlier searches of this head looked at. */
  readonly seen: number;
  readonly bytesMax: number;
};

/** The position behind the empty line, or -1 when that has not come. Throws HttpProblem. */
export function findHeadEnd({ bytes, start, end, seen, bytesMax }: HeadSearch): number {
  const from = start + Math.max(0, seen - (emptyLine.length - 1));
  const found = bytes.indexOf(emptyLine, from);
  // What lies behind `end` was left there by others.
  const headEnd = found === -1 || found + emptyLine.length > end ? -1 : found + emptyLine.length;
  if (headEnd !== -1 && headEnd - start <= bytesMax) return headEnd;
  requireText(bytes, {
    start,
    from: Math.max(start, start + seen - 1),
    end: Math.min(end, start + bytesMax),
  });
  if (headEnd !== -1 || end - start > bytesMax) throw new HttpProblem('head-too-large');
  return -1;
}

/** Lines end in CR LF, and no other control than a tab stands in them. */
function requireText(
  bytes: Buffer,
  { start, from, end }: { start: number; from: number; end: number },
): void {
  for (let position = from; position < end; position++) {
    const byte = bytes[position]!;
    if (byte >= 0x20 && byte !== 0x7f) continue;
    const pair =
      (byte === carriageReturn && (position + 1 === end || bytes[position + 1] === lineFeed)) ||
      (byte === lineFeed && position > start && bytes[position - 1] === carriageReturn);
    if (!pair && byte !== 0x09) throw new HttpProblem('malformed', 'a byte that may not stand in a head');
  }
}
