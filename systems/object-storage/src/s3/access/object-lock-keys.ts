// The condition keys of object lock: what a request locks a version with, wherever it says so.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys

import type { Retention } from '../../core/object-storage.ts';
import { dayMs } from '../../limits.ts';
import { timestamp } from '../xml/elements.ts';

type Keys = Readonly<Record<string, string>>;

export function retentionKeys({ mode, untilMs }: Retention, nowMs: number): Keys {
  return {
    's3:object-lock-mode': mode,
    's3:object-lock-retain-until-date': timestamp(untilMs),
    's3:object-lock-remaining-retention-days': remainingDays(untilMs, nowMs),
  };
}

export function legalHoldKeys(legalHold: boolean): Keys {
  return { 's3:object-lock-legal-hold': legalHold ? 'ON' : 'OFF' };
}

/** Days that have begun count: a policy that allows ten of them allows no minute more. */
export function remainingDays(untilMs: number, nowMs: number): string {
  return String(Math.max(0, Math.ceil((untilMs - nowMs) / dayMs)));
}
