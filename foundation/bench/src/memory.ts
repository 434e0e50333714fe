// Memory of a server: resident bytes of its process and of all it started, now and at their peak.
//
// Linux keeps in /proc/PID/status what is resident (VmRSS) and the most there ever was (VmHWM), which writing 5 to
// /proc/PID/clear_refs sets back: see proc_pid_status(5). Shared pages count once in each process.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

/** `resident` now, or `peak` since the process started or `resetPeakMemory`; summed over the processes. */
export function memoryBytesOf(pids: readonly number[], which: keyof typeof fields): number {
  assert(process.platform === 'linux', 'memory of other processes is read from /proc');
  return pids.reduce(
    (sum, pid) => sum + parseStatus(readFileSync(`/proc/${pid}/status`, 'latin1'), which),
    0,
  );
}

/** From now on the peak is counted anew. */
export function resetPeakMemory(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

export function parseStatus(text: string, which: keyof typeof fields): number {
  const kiB = new RegExp(`^${fields[which]}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  assert(kiB !== undefined, `a status has ${fields[which]}, this one is "${text.slice(0, 200)}"`);
  return Number(kiB) * 1024;
}

const fields = { resident: 'VmRSS', peak: 'VmHWM' } as const;
