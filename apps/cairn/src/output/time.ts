// Times for people, in UTC, which they say.

/** `2026-11-21 08:05:09Z`; undefined stays undefined. */
export function timeText(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : instantText(new Date(epochMs).toISOString());
}

/** The same of `2026-11-21T08:05:09.123Z`, with or without a fraction; any other text stays as it is. */
export function instantText(time: string): string {
  return time.replace(/^([+-]?\d+-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2Z');
}
