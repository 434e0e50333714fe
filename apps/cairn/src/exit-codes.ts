// What the process says to scripts when it ends, as one table. Those of a start come from the service shell.

import { UnusableStart, unusableStartExitCodes } from '@cairn/service';

export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  no: { code: 1, meaning: 'the answer is no: damage was found, or the request was refused' },
  usage: { code: unusableStartExitCodes.usage, meaning: 'wrong arguments or configuration' },
  'folder-in-use': {
    code: unusableStartExitCodes['folder-in-use'],
    meaning: 'another process holds the data folder',
  },
  'port-in-use': {
    code: unusableStartExitCodes['port-in-use'],
    meaning: 'a port is taken, or an address cannot be used',
  },
  'system-failed': { code: unusableStartExitCodes['system-failed'], meaning: 'a system could not start' },
  'folder-unusable': {
    code: unusableStartExitCodes['folder-unusable'],
    meaning: 'the data folder cannot be used',
  },
  'tls-unusable': {
    code: unusableStartExitCodes['tls-unusable'],
    meaning: 'the TLS certificate or key cannot be used',
  },
  partial: {
    code: 3,
    meaning: 'of backup: done in part, what could not be read or written was named',
  },
  unreachable: { code: 8, meaning: 'no server answers, and there is no data folder to open' },
  unauthenticated: { code: 9, meaning: 'credentials are missing or wrong' },
  unexpected: { code: 70, meaning: 'a fault in Cairn: please report it' },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type ExitName = keyof typeof exitCodes;

/** Ends a command: what to print on standard error, if anything is left to say, and how the process exits. */
export class CommandFailed extends Error {
  readonly exit: ExitName;

  constructor(exit: ExitName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CommandFailed';
    this.exit = exit;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailed) return exitCodes[error.exit].code;
  if (error instanceof UnusableStart) return error.exitCode;
  return exitCodes.unexpected.code;
}

/** One line per code. */
export function exitCodesText(): string {
  return Object.values(exitCodes)
    .map(({ code, meaning }) => `${String(code).padStart(4)}  ${meaning}`)
    .join('\n');
}
