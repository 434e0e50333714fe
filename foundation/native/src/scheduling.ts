// When the kernel lets a thread run: sched_setattr(2). Node has no such call, and the C library of many systems none either.
//
// Linux gives threads of one priority the same share of a core whatever is set here. But a thread that wakes up takes the core
// from one whose slice is longer, where it would else wait until that one has had its slice, 1 to 3 ms; and a thread of the batch
// policy takes it from none but idle ones: it waits until whoever runs sleeps, or has had its share.

import { readdirSync } from 'node:fs';
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
const call = process.platform === 'linux' ? systemCalls[arch()] : undefined;
const library = call === undefined ? undefined : openProgramLibrary<SystemCallLibrary>(signatures);

type Attributes = {
  readonly policy: number;
  readonly flags?: bigint;
  /** 0: the usual slice. */
  readonly sliceNanoseconds?: bigint;
};

/** `SCHED_OTHER`, what threads have. */
const usualPolicy = 0;
/** `SCHED_BATCH`. */
const batchPolicy = 3;
/** `SCHED_FLAG_RESET_ON_FORK`. */
const resetOnFork = 1n;
const callingThread = 0;
/** `struct sched_attr` as Linux 5.3 has it. */
const attributesBytes = 56;

/**
 * Gives the calling thread a slice of so many microseconds, and those that it starts the usual one. Linux takes 100 to 100,000
 * since 6.12; false where that cannot be said, and everything is as it was.
 */
export function setTimeSlice(microseconds: number): boolean {
  return setAttributes(callingThread, {
    policy: usualPolicy,
    flags: resetOnFork,
    sliceNanoseconds: BigInt(microseconds) * 1_000n,
  });
}

/**
 * The calling thread, or each that the process has now but the main one, takes the core from no other when it is woken. False where
 * that cannot be said, of one of them.
 */
export function setBatchPolicy(of: 'calling thread' | 'helper threads'): boolean {
  if (of === 'calling thread') return setAttributes(callingThread, { policy: batchPolicy });
  const threads = threadsOfProcess();
  // Without it these are numbers of another name space.
  if (!threads.includes(process.pid)) return false;
  const helpers = threads.filter((thread) => thread !== process.pid);
  return helpers.map((thread) => setAttributes(thread, { policy: batchPolicy })).every(Boolean);
}

function threadsOfProcess(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return []; // No Linux, or a process that may not look there.
  }
}

/** Priorities stay as they are. */
function setAttributes(thread: number, { policy, flags = 0n, sliceNanoseconds = 0n }: Attributes): boolean {
  if (call === undefined || library === undefined || endianness() !== 'LE') return false;
  const attributes = Buffer.alloc(attributesBytes);
  attributes.writeUInt32LE(attributesBytes, 0);
  attributes.writeUInt32LE(policy, 4);
  attributes.writeBigUInt64LE(flags, 8);
  attributes.writeBigUInt64LE(sliceNanoseconds, 24);
  try {
    attributes.writeInt32LE(getPriority(thread), 16);
  } catch {
    return false; // It has ended.
  }
  return library.syscall(call, BigInt(thread), attributes, 0n) === 0n;
}
