// The cluster that librdkafka has built in for its own tests, as kcat starts it: a producer that waits for its input.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type MockCluster = { readonly address: string; stop(): void };

/** Topics are made with four partitions when somebody asks for them. `kcat` is the program's path. */
export async function startMockCluster(kcat: string): Promise<MockCluster> {
  const settings = ['-X', 'test.mock.num.brokers=1', '-d', 'mock'];
  const child = spawn(kcat, ['-P', '-b', 'mock', '-t', 'unused', ...settings], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const lines = createInterface({ input: child.stderr });
  for await (const line of lines) {
    const address = /bootstrap\.servers=(\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    // It goes on telling what it does.
    child.stderr.resume();
    return { address, stop: () => void child.kill('SIGKILL') };
  }
  throw new Error('kcat ended before its cluster began');
}
