// The servers that run now. Each case gets fresh ones, on empty folders; a tiny run, whose numbers mean nothing, keeps
// them for all cases, as starting them is most of what it does.

import type { BenchContext } from '@cairn/bench';
import type { Server, ServerKind } from './server.ts';

const running = new Map<ServerKind, Server>();
let keep = false;

export async function runningServer<S extends Server>(
  kind: ServerKind<S>,
  context: BenchContext,
): Promise<S> {
  keep = context.tiny;
  const known = running.get(kind) as S | undefined;
  if (known !== undefined) return known;
  const server = await kind.start();
  running.set(kind, server);
  return server;
}

/** After a case. */
export async function releaseServers(): Promise<void> {
  if (!keep) await stopServers();
}

/** At the end of the run. */
export async function stopServers(): Promise<void> {
  const servers = [...running.values()];
  running.clear();
  for (const server of servers) await server.stop();
}
