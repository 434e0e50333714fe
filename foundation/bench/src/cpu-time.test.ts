import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuSecondsOf, membersOf, parseStat } from './cpu-time.ts';

test('a command with spaces and parentheses does not shift the fields', () => {
  const text = `4242 (a) (b c) S 7 4242 1 0 -1 4194304 100 0 0 0 11 22 33 44 20 0 1 0 100 0 0`;
  assert.deepEqual(parseStat(text), { pid: 4242, parent: 7, group: 4242, cpuTicks: 11 + 22 + 33 + 44 });
});

test('a server is its group and all descendants, also those that left the group', () => {
  const process = (pid: number, parent: number, group: number) => ({ pid, parent, group, cpuTicks: 1 });
  const processes = [
    process(13, 12, 12), // child of one that left
    process(12, 10, 12), // left the group
    process(10, 1, 10),
    process(11, 1, 10), // orphan of the group
    process(20, 1, 20),
  ];
  assert.deepEqual(
    membersOf(10, processes).map(({ pid }) => pid),
    [13, 12, 10, 11],
  );
});

test('the CPU time of a process that is gone is an error, not 0', { skip: notLinux() }, () => {
  assert.throws(() => cpuSecondsOf(2 ** 30), /is gone/);
});

function notLinux(): string | false {
  return process.platform === 'linux' ? false : 'needs /proc';
}
