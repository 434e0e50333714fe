// glibc gives threads arenas of their own, up to eight for each core, and what a thread freed is of use to its arena only:
// the threads of a backup kept 40 MiB so, most of it of compilers long done. With one arena they wait for each other less than
// they save in fresh pages.

import { foreignFunctions } from './foreign-functions.ts';

/** Of mallopt(3). */
const arenaMax = -8;

/**
 * For a process that serves nobody else, before it starts threads. Does nothing where the C library has no arenas, or Node
 * may not call it.
 */
export function useOneArena(): void {
  openAllocator()?.mallopt(arenaMax, 1);
}

function openAllocator() {
  try {
    return foreignFunctions?.dlopen(null, { mallopt: { arguments: ['int32', 'int32'], return: 'int32' } })
      .functions;
  } catch {
    return undefined; // musl has no arenas to limit
  }
}
