// What happens to the drives of a simulated machine, as plain data: the operations of the other scenarios, and faults of
// single drives between and under them.

import type { Random } from '@cairn/world';
import { type Fault, plan, type Round } from './operations.ts';

export type DriveFault =
  /** Its folder is gone; what was open of it fails. */
  | { readonly kind: 'pull'; readonly pick: number; readonly afterMs: number }
  /** One that was pulled comes back as it was. */
  | { readonly kind: 'put-back' }
  /** An empty folder takes the place of one that was pulled. */
  | { readonly kind: 'replace' }
  | { readonly kind: 'rot'; readonly pick: number; readonly bits: number }
  | { readonly kind: 'failing'; readonly pick: number; readonly call: 'sync' | 'write' };

export type DriveRound = Round & { readonly drive?: DriveFault };

export function drivePlan(random: Random, options: { readonly rounds: number }): DriveRound[] {
  const faults: Parameters<typeof plan>[1]['faults'] = ['crash', 'crash', 'stall', 'disk-full', 'clock-jump'];
  return plan(random, {
    ...options,
    faults,
    versions: false,
    buckets: false,
    appends: false,
    copies: true,
  }).map((round) => {
    const calm = { ...round, ...(round.fault && { fault: shortened(round.fault) }) };
    return random.integer(2) === 0 ? { ...calm, drive: planDriveFault(random) } : calm;
  });
}

/** Scrubbers go by the wall clock: after a long jump back they would be waited for as long. */
function shortened(fault: Fault): Fault {
  return fault.kind === 'clock-jump' ? { ...fault, byMs: fault.byMs % jumpMsMax } : fault;
}

const jumpMsMax = 30_000;

function planDriveFault(random: Random): DriveFault {
  const pick = random.integer(1_000);
  switch (random.integer(6)) {
    case 0:
    case 1:
      return { kind: 'pull', pick, afterMs: random.integer(60) };
    case 2:
      return { kind: 'put-back' };
    case 3:
      return { kind: 'replace' };
    case 4:
      return { kind: 'rot', pick, bits: 1 + random.integer(4) };
    default:
      return { kind: 'failing', pick, call: random.integer(2) === 0 ? 'sync' : 'write' };
  }
}
