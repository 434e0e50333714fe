// What V8, glibc and the kernel keep of memory that nobody needs any more, for this program's own processes: it is theirs alone, so they may
// say how much.
//
// glibc is not asked where the C library is another (musl), or Node may not call it.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { foreignFunctions } from '@cairn/native';
import { letGoOfProgramPages } from './program-pages.ts';

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
export function useOneArena(): void {
  allocator()?.mallopt(arenaMax, 1);
}

const firstTrimMs = 400;
const trimMsMax = 30_000;

/**
 * While a command works: what compilers and threads have freed lies scattered in glibc's arenas and goes back to the system, twice a second at first,
 * when most is compiled, then ever more seldom; and so do the pages of the program, of which those that Node's start ran go at once. A trim takes
 * some milliseconds of this thread. Returns what ends it.
 */
export function giveFreedMemoryBackMeanwhile(): () => void {
  letGoOfProgramPages();
  const functions = allocator();
  if (functions === undefined) return () => {};
  const next = (delayMs: number): NodeJS.Timeout =>
    setTimeout(() => {
      functions.malloc_trim(0n);
      letGoOfProgramPages();
      timer = next(Math.min(delayMs * 1.2, trimMsMax));
    }, delayMs).unref();
  let timer = next(firstTrimMs);
  return () => clearTimeout(timer);
}

/**
 * At the end of a server's start, which needs more new objects than it ever will again: V8 would leave them room of 16 MiB for as
 * long as there is little to do. Takes 50 ms of this thread.
 */
export function giveFreedMemoryBack(): void {
  collectGarbage();
  allocator()?.malloc_trim(0n);
}

/** Not `gc()` alone, which leaves the room for new objects as it is. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as NodeJS.GCFunction;
  // Compiled code is kept by the flags it was made under.
  setFlagsFromString('--no-expose-gc');
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

function allocator() {
  try {
    return foreignFunctions?.dlopen(null, signatures).functions;
  } catch {
    return undefined;
  }
}
