// Ctrl-C and SIGTERM as an AbortSignal: long work stops in order, what was stored stays, the session is closed.

import { CommandFailed } from '../../exit-codes.ts';

export type Interruption = { readonly signal: AbortSignal; dispose(): void };

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The second signal ends the process as if nobody listened. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const stop = (): void => {
    dispose();
    controller.abort(new Interrupted());
  };
  const dispose = (): void => {
    for (const signal of signals) process.removeListener(signal, stop);
  };
  for (const signal of signals) process.once(signal, stop);
  return { signal: controller.signal, dispose };
}

export class Interrupted extends CommandFailed {
  constructor() {
    super('interrupted', 'interrupted');
    this.name = 'Interrupted';
  }
}

/** Runs `work` with such a signal. */
export async function interruptibly<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const { signal, dispose } = interruption();
  try {
    return await work(signal);
  } finally {
    dispose();
  }
}
