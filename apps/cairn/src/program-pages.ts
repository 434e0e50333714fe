// The pages of the program itself that this process has mapped. Node's start, its compilers and the loading of modules go through 50 MiB of its
// code and tables, most of it once, and all of that counts as memory of this process until it is let go of.
//
// Nothing is lost and nothing read again: the pages stay in the page cache, which all processes share, and one that is needed again
// comes back by a fault of a microsecond, with its neighbours.

import { readFileSync } from 'node:fs';
import { openProgramLibrary } from '@cairn/native';

/** Of madvise(2), for a mapping of a file: forget which of its pages are mapped. */
const dontNeed = 4;

type MemoryLibrary = { readonly madvise: (address: bigint, bytes: bigint, advice: number) => number };

const signatures = { madvise: { arguments: ['uint64', 'uint64', 'int32'], return: 'int32' } } as const;

type Region = { readonly address: bigint; readonly bytes: bigint };

let letGo: (() => void) | undefined;

/** Takes a millisecond or two, the first time some. Does nothing where the system is not Linux, or Node may not call it. */
export function letGoOfProgramPages(): void {
  letGo ??= prepare();
  letGo();
}

function prepare(): () => void {
  const library = openProgramLibrary<MemoryLibrary>(signatures);
  const regions = library === undefined ? [] : constantRegions(ownMappings(), process.execPath);
  return () => {
    for (const { address, bytes } of regions) library!.madvise(address, bytes, dontNeed);
  };
}

/** Nothing where there is no such file. */
function ownMappings(): string {
  try {
    return readFileSync('/proc/self/smaps', 'latin1');
  } catch {
    return '';
  }
}

/**
 * What the loader mapped of `program` and nobody writes: read-only, and without a page of this process's own. Some of it was written by the
 * loader itself before it became read-only (relocations); let go of, that would come back as it lies in the file. Behind the first that is writable may follow what
 * V8 mapped of the program once more, which ends with its heap and leaves its addresses to others, as libraries do that are unloaded: these are left alone.
 */
export function constantRegions(smaps: string, program: string): readonly Region[] {
  const image = [];
  for (const { groups } of smaps.matchAll(mapping)) {
    if (groups!.path !== program) continue;
    if (groups!.access!.includes('w')) break;
    image.push(groups!);
  }
  return image
    .filter(({ anonymous }) => anonymous === '0')
    .map(({ start, end }) => {
      const address = BigInt(`0x${start}`);
      return { address, bytes: BigInt(`0x${end}`) - address };
    });
}

/** Of /proc/PID/smaps, proc_pid_smaps(5): a mapping of a file, in the order of addresses. */
const mapping =
  /^(?<start>[\da-f]+)-(?<end>[\da-f]+) (?<access>\S+) \S+ \S+ \d+ +(?<path>\/.*)\n(?:[A-Z].*\n)*?Anonymous: +(?<anonymous>\d+) kB$/gm;
