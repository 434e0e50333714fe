// Times for people.

/** `2026-11-21 08:05:09Z`; undefined stays undefined. */
export function timeText(epochMs: number | undefined): string | undefined {
  return epochMs === undefined
    ? undefined
    : new Date(epochMs).toISOString().replace('T', ' ').replace(/\.\d+/, '');
}
