// What the process says to scripts when it ends, as one table. Those of a start are the service shell's, which is not loaded
// for them: a command that starts nothing would wait for it. exit-codes.test.ts compares the two.

import type { UnusableStart } from '@cairn/service';

export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  no: { code: 1, meaning: 'the answer is no: damage was found, or the request was refused' },
  usage: { code: 2, meaning: 'wrong arguments or configuration' },
  'folder-in-use': {
    code: 3,
    meaning: 'another process holds the data folder',
  },
  'port-in-use': {
    code: 4,
    meaning: 'a port is taken, or an address cannot be used',
  },
  'system-failed': { code: 5, meaning: 'a system could not start' },
  'folder-unusable': {
    code: 6,
    meaning: 'the data folder cannot be used',
  },
  'tls-unusable': {
    code: 7,
    meaning: 'the TLS certificate or key cannot be used',
  },
  partial: {
    code: 3,
    meaning: 'of backup: done in part, what could not be read or written was named',
  },
  unreachable: { code: 8, meaning: 'no server answers, and there is no data folder to open' },
  unauthenticated: { code: 9, meaning: 'credentials are missing or wrong' },
  interrupted: { code: 130, meaning: 'of backup: stopped by a signal, in order; what was done stays' },
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
  if (isUnusableStart(error)) return error.exitCode;
  return exitCodes.unexpected.code;
}

/** By its name, as its class and the one below it are not loaded here. */
export function isUnusableStart(error: unknown): error is UnusableStart {
  return error instanceof Error && ['UnusableStart', 'ConfigurationError'].includes(error.name);
}

/** One line per code. */
export function exitCodesText(): string {
  return Object.values(exitCodes)
    .map(({ code, meaning }) => `${String(code).padStart(4)}  ${meaning}`)
    .join('\n');
}
