// How a server of a test run ends: when the test stops it, or with the process of a test that forgot to.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Gives what stops the server and removes its files. Idempotent. */
export function stopper(
  server: ChildProcess,
  { signal, remove }: { readonly signal: 'SIGINT' | 'SIGTERM'; readonly remove: () => Promise<void> },
): () => Promise<void> {
  const killAtExit = () => server.kill('SIGKILL');
  process.once('exit', killAtExit);
  // Tests that forget to stop it must still be able to end.
  server.unref();
  (server.stderr as unknown as { unref(): void }).unref();
  return async () => {
    process.off('exit', killAtExit);
    if (server.exitCode === null && server.signalCode === null) {
      server.ref();
      const exited = once(server, 'exit');
      server.kill(signal);
      await exited;
    }
    await remove();
  };
}
