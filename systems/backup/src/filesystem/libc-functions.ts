// The calls of libc that node:fs lacks, as the signatures of node:ffi. One line per call: whoever needs another adds it.
//
// Paths and names are bytes that end in NUL (`cString`). `-1` means that errno says what went wrong. Types are those of
// 64-bit Linux: mode_t, uid_t and int are 32 bits, size_t and dev_t 64.

import type { FunctionDefinitions } from 'node:ffi';

export const libcFunctions = {
  // Extended attributes; the l-variants do not follow a symlink.
  llistxattr: { arguments: ['buffer', 'buffer', 'u64'], return: 'i64' },
  lgetxattr: { arguments: ['buffer', 'buffer', 'buffer', 'u64'], return: 'i64' },
  lsetxattr: { arguments: ['buffer', 'buffer', 'buffer', 'u64', 'i32'], return: 'i32' },
  lremovexattr: { arguments: ['buffer', 'buffer'], return: 'i32' },

  // Entries below a directory that is held open.
  openat: { arguments: ['i32', 'buffer', 'i32', 'u32'], return: 'i32' },
  mkdirat: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  mknodat: { arguments: ['i32', 'buffer', 'u32', 'u64'], return: 'i32' },
  symlinkat: { arguments: ['buffer', 'i32', 'buffer'], return: 'i32' },
  linkat: { arguments: ['i32', 'buffer', 'i32', 'buffer', 'i32'], return: 'i32' },
  unlinkat: { arguments: ['i32', 'buffer', 'i32'], return: 'i32' },
  renameat: { arguments: ['i32', 'buffer', 'i32', 'buffer'], return: 'i32' },
  fchownat: { arguments: ['i32', 'buffer', 'u32', 'u32', 'i32'], return: 'i32' },
  fchmodat: { arguments: ['i32', 'buffer', 'u32', 'i32'], return: 'i32' },
  /** The times are two timespecs of 16 bytes: seconds and nanoseconds, access time first. */
  utimensat: { arguments: ['i32', 'buffer', 'buffer', 'i32'], return: 'i32' },

  // Open files. Bytes are written through node:fs.
  close: { arguments: ['i32'], return: 'i32' },
  lseek: { arguments: ['i32', 'i64', 'i32'], return: 'i64' },
  fchown: { arguments: ['i32', 'u32', 'u32'], return: 'i32' },
  fchmod: { arguments: ['i32', 'u32'], return: 'i32' },
  futimens: { arguments: ['i32', 'buffer'], return: 'i32' },
  fsetxattr: { arguments: ['i32', 'buffer', 'buffer', 'u64', 'i32'], return: 'i32' },
  /** Follows the last name: for /proc/self/fd/N, which leads to the file itself. */
  setxattr: { arguments: ['buffer', 'buffer', 'buffer', 'u64', 'i32'], return: 'i32' },

  /** For openat2 and statx, which not every libc has; what is given for a number is a pointer's value. */
  syscall: { arguments: ['i64', 'i64', 'buffer', 'pointer', 'u64', 'pointer'], return: 'i64' },

  // Names of users and groups: the first member of either struct points to the name.
  getpwuid: { arguments: ['u32'], return: 'pointer' },
  getgrgid: { arguments: ['u32'], return: 'pointer' },

  __errno_location: { arguments: [], return: 'pointer' },
} as const satisfies FunctionDefinitions;
