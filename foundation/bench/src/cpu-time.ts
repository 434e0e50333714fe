// CPU time of a server: of its process, everything it started, and everything of these that has ended.
//
// Linux keeps in /proc/PID/stat the time of a process (utime, stime) and of its ended children that were waited for
// (cutime, cstime), in clock ticks: see proc_pid_stat(5). A server's processes are those in the process group it leads
// and all their descendants, as some (PostgreSQL's backends) leave the group. Not seen: the time of a process whose
// parent ended before it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which Linux fixes at 100 for all that user space sees. */
const ticksPerSecond = 100;

export type ProcessStat = {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Its own and its waited-for children's. */
  readonly cpuTicks: number;
};

/** CPU seconds, user and system, that the process and its descendants have used; to 10 ms. Linux only. */
export function cpuSecondsOf(leader: number): number {
  const members = livingMembersOf(leader);
  return members.reduce((ticks, member) => ticks + member.cpuTicks, 0) / ticksPerSecond;
}

/** The ids of the process and of all that it started and that live. Linux only. */
export function processIdsOf(leader: number): readonly number[] {
  return livingMembersOf(leader).map(({ pid }) => pid);
}

function livingMembersOf(leader: number): readonly ProcessStat[] {
  assert(
    process.platform === 'linux',
    `CPU time and memory of other processes are read from /proc, ${process.platform} has none`,
  );
  const members = membersOf(leader, readProcesses());
  assert(members.length > 0, `process ${leader} is gone and its CPU time with it: measure before it stops`);
  return members;
}

/** The processes of the group that `leader` leads, and their descendants. */
export function membersOf(leader: number, processes: readonly ProcessStat[]): readonly ProcessStat[] {
  const members = new Set<number>();
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent, group } of processes) {
      if (members.has(pid) || !(pid === leader || group === leader || members.has(parent))) continue;
      members.add(pid);
      grown = true;
    }
  }
  return processes.filter(({ pid }) => members.has(pid));
}

/** Fields of proc_pid_stat(5); the command (2) is in parentheses and may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    group: field(5),
    cpuTicks: field(14) + field(15) + field(16) + field(17),
  };
}

function readProcesses(): readonly ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))];
      } catch {
        return []; // ended between the two calls
      }
    });
}
