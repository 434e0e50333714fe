// Conditional requests on files (RFC 9110, 13.2.2), in the order of the RFC.

import type { IncomingHttpHeaders } from 'node:http';
import type { Validators } from './validators.ts';

export type Verdict = 'proceed' | 'not-modified' | 'failed';

export function checkPreconditions(headers: IncomingHttpHeaders, validators: Validators): Verdict {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined) {
    if (!listsTag(match, validators.etag, 'strong')) return 'failed';
  } else if (isBefore(headers['if-unmodified-since'], validators.modifiedSeconds)) return 'failed';
  if (noneMatch !== undefined)
    return listsTag(noneMatch, validators.etag, 'weak') ? 'not-modified' : 'proceed';
  const since = secondsOf(headers['if-modified-since']);
  return since !== undefined && validators.modifiedSeconds <= since ? 'not-modified' : 'proceed';
}

/** Files that change twice within it have the same date. */
const dateResolutionSeconds = 60;

/** Whether `Range` holds: there is no `If-Range`, or it names what is here now. A date has to be a strong validator (13.1.5). */
export function rangeHolds(header: string | undefined, validators: Validators, nowMs: number): boolean {
  if (header === undefined) return true;
  if (header.startsWith('"') || header.startsWith('W/')) return header.trim() === validators.etag;
  const { modifiedSeconds } = validators;
  return secondsOf(header) === modifiedSeconds && nowMs / 1000 - modifiedSeconds >= dateResolutionSeconds;
}

function listsTag(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (comparison === 'weak' && tag === `W/${etag}`));
}

function isBefore(header: string | undefined, modifiedSeconds: number): boolean {
  const seconds = secondsOf(header);
  return seconds !== undefined && seconds < modifiedSeconds;
}

/** Undefined when there is none, or it is not a date: then it does not count. */
function secondsOf(header: string | undefined): number | undefined {
  const ms = Date.parse(header ?? '');
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
