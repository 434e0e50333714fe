// A segment of a data store: which log, which segment in it.

export type SegmentName = { readonly log: number; readonly segment: number };

/** As a key of maps and sets. */
export function segmentName({ log, segment }: SegmentName): string {
  return `${log}/${segment}`;
}

export function parseSegmentName(name: string): SegmentName {
  const [log, segment] = name.split('/');
  return { log: Number(log), segment: Number(segment) };
}
