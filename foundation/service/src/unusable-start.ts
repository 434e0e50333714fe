// Why a process cannot start, as one table: the kind of failure and the exit code that tells it to scripts.
// Fatal by nature: the command prints the message and exits with the code; nothing retries it.

export const unusableStartExitCodes = {
  usage: 2,
  configuration: 2,
  'folder-in-use': 3,
  'port-in-use': 4,
  'address-unusable': 4,
  'system-failed': 5,
  'folder-unusable': 6,
  'tls-unusable': 7,
} as const satisfies Record<string, number>;

export type UnusableStartCode = keyof typeof unusableStartExitCodes;

export class UnusableStart extends Error {
  readonly code: UnusableStartCode;
  readonly exitCode: number;

  constructor(code: UnusableStartCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UnusableStart';
    this.code = code;
    this.exitCode = unusableStartExitCodes[code];
  }
}

/** What to print of an unknown error behind a message of ours. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
