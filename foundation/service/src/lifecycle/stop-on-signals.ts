// SIGINT and SIGTERM: the first stops the service in order, the second ends the process at once.

import { constants } from 'node:os';
import type { RunningService } from './start-service.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;
type Signal = (typeof signals)[number];

/** What of `process` is needed; a test gives its own. */
export type SignalSource = {
  on(signal: Signal, listener: (signal: Signal) => void): unknown;
  off(signal: Signal, listener: (signal: Signal) => void): unknown;
  exit(code: number): void;
};

/**
 * Resolves with the exit code once a signal has come and the service has stopped: 0, or 1 when something did not stop
 * in order. `onFirst` is called before it stops. A second signal exits with 128 and the signal's number, as a shell
 * reports a process that it killed.
 */
export async function stopOnSignals(
  service: Pick<RunningService, 'stop'>,
  { source = process, onFirst }: { source?: SignalSource; onFirst?: () => void } = {},
): Promise<number> {
  const first = Promise.withResolvers<void>();
  let received = 0;
  const onSignal = (signal: Signal): void => {
    received += 1;
    if (received > 1) source.exit(128 + constants.signals[signal]);
    first.resolve();
  };
  for (const signal of signals) source.on(signal, onSignal);
  await first.promise;
  onFirst?.();
  const clean = await service.stop();
  for (const signal of signals) source.off(signal, onSignal);
  return clean ? 0 : 1;
}
