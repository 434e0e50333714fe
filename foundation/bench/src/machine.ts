// What a result must name to be comparable: machines differ by 5x in SHA alone.

import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

export type Machine = {
  readonly cpuModel: string;
  readonly cores: number;
  /** Whether the CPU has instructions for SHA-256; undefined where the system does not say. */
  readonly shaInstructions: boolean | undefined;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly nodeVersion: string;
};

export function describeMachine(): Machine {
  return {
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    shaInstructions: hasShaInstructions(readCpuInfo()),
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    nodeVersion: process.version,
  };
}

/** Reads the flags of /proc/cpuinfo: `sha_ni` on x86-64 (line "flags"), `sha2` on ARM (line "Features"). */
export function hasShaInstructions(cpuInfo: string | undefined): boolean | undefined {
  const flags = cpuInfo
    ?.match(/^(?:flags|Features)\s*:(.*)$/m)?.[1]
    ?.trim()
    .split(/\s+/);
  return flags && (flags.includes('sha_ni') || flags.includes('sha2'));
}

function readCpuInfo(): string | undefined {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return undefined; // not Linux
  }
}
