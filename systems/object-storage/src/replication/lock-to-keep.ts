// Which lock a replica has when that of its source changes. What was locked harder there, by whomever, stays so: a retention
// that holds is never made looser. A legal hold follows the source's where that says anything of one.

import type { ObjectLock } from '../core/object-storage.ts';

export function lockToKeep(
  there: ObjectLock | undefined,
  { wanted, nowMs }: { wanted: ObjectLock | undefined; nowMs: number },
): ObjectLock | undefined {
  if (there === undefined) return wanted;
  const [held, asked] = [there.retention, wanted?.retention];
  const holds = held !== undefined && held.untilMs > nowMs;
  const harder =
    asked !== undefined &&
    asked.untilMs >= (held?.untilMs ?? 0) &&
    (asked.mode === held?.mode || asked.mode === 'COMPLIANCE');
  return {
    retention: holds && !harder ? held : asked,
    legalHold: wanted?.legalHold ?? there.legalHold,
  };
}
