// A segment of a data store: which log, which segment in it.

export type SegmentName = { readonly log: number; readonly segment: number };

/** As a key of maps and sets. */
export function segmentName({ log, segment }: SegmentName): string {
  if (log !== last.log || segment !== last.segment) last = { log, segment, name: `${log}/${segment}` };
  return last.name;
}

/** What is written lies in one segment for long. */
let last = { log: 0, segment: 0, name: '0/0' };
