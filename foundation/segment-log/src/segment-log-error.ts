// The errors of a segment log, in one table. Errors of the disk pass through as DiskError, except where the log gives
// them a meaning of its own (then the DiskError is the `cause`).

export const segmentLogErrorCodes = {
  damaged: 'the bytes on the disk are not those that were written',
  'not-found': 'there is no such segment: it was removed, or never was',
  'sync-failed':
    'a sync failed, so nothing is known of the bytes it should have kept; open the log again to go on',
  'write-failed': 'a failed write could not be undone, so its place is in doubt; open the log again to go on',
  'newer-format': 'it was written by a newer version of this program; start that version',
  'mixed-logs': 'the folder holds segments of more than one log; move the foreign ones away',
  closed: 'the log is closed',
} as const satisfies Record<string, string>;

export type SegmentLogErrorCode = keyof typeof segmentLogErrorCodes;

/** What was attempted, where, and which of the kinds above a caller can act on. */
export class SegmentLogError extends Error {
  readonly code: SegmentLogErrorCode;
  readonly segment: number | undefined;
  readonly position: number | undefined;

  constructor(
    code: SegmentLogErrorCode,
    options: { attempt: string; segment?: number; position?: number; detail?: string; cause?: unknown },
  ) {
    super(messageOf(code, options), { cause: options.cause });
    this.name = 'SegmentLogError';
    this.code = code;
    this.segment = options.segment;
    this.position = options.position;
  }
}

function messageOf(
  code: SegmentLogErrorCode,
  options: { attempt: string; segment?: number; position?: number; detail?: string; cause?: unknown },
): string {
  const segment = options.segment === undefined ? '' : ` segment ${options.segment}`;
  const position = options.position === undefined ? '' : ` at ${options.position}`;
  const detail = options.detail === undefined ? '' : `: ${options.detail}`;
  const cause = options.cause instanceof Error ? ` (${options.cause.message})` : '';
  return `could not ${options.attempt}${segment}${position}${detail}: ${segmentLogErrorCodes[code]}${cause}`;
}
