// `x-amz-object-lock-*`: what a new version is locked with, and what one that is read is locked with.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax

import type { ObjectLock, Retention } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { timestamp } from '../xml/elements.ts';
import type { ResponseHeaders } from './object-headers.ts';

const modeHeader = 'x-amz-object-lock-mode';
const dateHeader = 'x-amz-object-lock-retain-until-date';
const holdHeader = 'x-amz-object-lock-legal-hold';

/** Whether the request asks for a lock, sound or not. */
export function asksForLock(headers: RequestHeaders): boolean {
  return (
    headers[modeHeader] !== undefined ||
    headers[dateHeader] !== undefined ||
    headers[holdHeader] !== undefined
  );
}

/** Undefined when they ask for none. Throws InvalidArgument. */
export function requestedLock(headers: RequestHeaders): ObjectLock | undefined {
  const retention = requestedRetention(headers[modeHeader], headers[dateHeader]);
  const hold = headers[holdHeader];
  if (hold === undefined) return retention && { retention };
  if (hold === 'ON' || hold === 'OFF') return { retention, legalHold: hold === 'ON' };
  throw invalid("Legal Hold must be either of 'ON' or 'OFF'", holdHeader, hold);
}

function requestedRetention(mode: string | undefined, date: string | undefined): Retention | undefined {
  if (mode === undefined && date === undefined) return undefined;
  if (mode === undefined || date === undefined) {
    const missing = mode === undefined ? modeHeader : dateHeader;
    throw invalid(`${dateHeader} and ${modeHeader} must both be supplied`, missing, '');
  }
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') {
    throw invalid('Unknown wormMode directive.', modeHeader, mode);
  }
  const untilMs = parseTimestamp(date);
  if (untilMs !== undefined) return { mode, untilMs };
  throw invalid('The retain until date must be provided in ISO 8601 format', dateHeader, date);
}

/** ISO 8601 with a time zone, as RFC 3339 has it; undefined for anything else. */
export function parseTimestamp(text: string): number | undefined {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
  const timeMs = form.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** Of what of a lock may be shown. */
export function lockHeaders({ retention, legalHold }: ObjectLock): ResponseHeaders {
  return {
    ...(retention && { [modeHeader]: retention.mode, [dateHeader]: timestamp(retention.untilMs) }),
    ...(legalHold !== undefined && { [holdHeader]: legalHold ? 'ON' : 'OFF' }),
  };
}

/** Whether the client wants to do what only those may who can bypass governance. */
export function wantsBypass(headers: RequestHeaders): boolean {
  return headers['x-amz-bypass-governance-retention']?.toLowerCase() === 'true';
}

function invalid(message: string, name: string, value: string): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message,
    fields: { ArgumentName: name, ArgumentValue: value },
  });
}
