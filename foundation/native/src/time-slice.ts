// How long the kernel lets a thread run before it looks for others: its time slice, sched_setattr(2). Node has no such call, and
// the C library of many systems none either.
//
// Linux gives threads of one priority the same share of a core whatever their slices are. But a thread that wakes up takes the
// core from one whose slice is longer, where it would else wait until that one has had its slice: 1 to 3 ms.

import { arch, endianness, getPriority } from 'node:os';
import { type Memory, openProgramLibrary } from './program-library.ts';

type SystemCallLibrary = {
  readonly syscall: (number: bigint, thread: bigint, attributes: Memory, flags: bigint) => bigint;
};

const signatures = {
  syscall: { arguments: ['int64', 'int64', 'pointer', 'int64'], return: 'int64' },
} as const;

/** Of sched_setattr, by Node's names of processors. */
const systemCalls: Readonly<Record<string, bigint>> = { x64: 314n, arm64: 274n };

/** `struct sched_attr` as Linux 5.3 has it. */
const attributesBytes = 56;
/** `SCHED_FLAG_RESET_ON_FORK`. */
const resetOnFork = 1n;

/**
 * Gives the calling thread a slice of so many microseconds, and those that it starts the usual one. Linux takes 100 to 100,000
 * since 6.12; false where that cannot be said, and everything is as it was.
 */
export function setTimeSlice(microseconds: number): boolean {
  const call = process.platform === 'linux' ? systemCalls[arch()] : undefined;
  const library = call === undefined ? undefined : openProgramLibrary<SystemCallLibrary>(signatures);
  if (call === undefined || library === undefined || endianness() !== 'LE') return false;
  const attributes = Buffer.alloc(attributesBytes);
  attributes.writeUInt32LE(attributesBytes, 0);
  attributes.writeBigUInt64LE(resetOnFork, 8);
  attributes.writeInt32LE(getPriority(), 16);
  attributes.writeBigUInt64LE(BigInt(microseconds) * 1_000n, 24);
  return library.syscall(call, 0n, attributes, 0n) === 0n;
}
