// What glibc keeps of memory that was freed, for this program's own processes: it is theirs alone, so they may say how.
//
// Nothing happens where the C library has no such functions (musl), or Node may not call it.

import { type ForeignFunctions, loadForeignFunctions } from '@cairn/backup';

/** Of mallopt(3). */
const arenaMax = -8;

const signatures = {
  mallopt: { arguments: ['int32', 'int32'], return: 'int32' },
  malloc_trim: { arguments: ['uint64'], return: 'int32' },
} as const;

/**
 * Before threads are started. Each would else have arenas of its own, and what it freed be of use to those only: a backup kept
 * up to 30 MiB so, most of it of compilers long done.
 */
export async function useOneArena(): Promise<void> {
  functionsOf(await loadForeignFunctions())?.mallopt(arenaMax, 1);
}

/** What was freed goes back to the system: of a server's start some 5 MiB. Takes a millisecond. */
export async function giveFreedMemoryBack(): Promise<void> {
  functionsOf(await loadForeignFunctions())?.malloc_trim(0n);
}

function functionsOf(foreign: ForeignFunctions | undefined) {
  try {
    return foreign?.dlopen(null, signatures).functions;
  } catch {
    return undefined;
  }
}
