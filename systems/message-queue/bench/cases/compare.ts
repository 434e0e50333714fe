// A case from a workload: ours and a peer do the same work, each on a server of its own that runs while both are measured.

import type { BenchCase, BenchContext } from '@cairn/bench';
import { releaseServers, runningServer } from '../servers/running-servers.ts';
import type { Server, ServerKind } from '../servers/server.ts';

/** Work that a server can be asked for; it keeps no state of its own between servers. */
export type Workload<S extends Server> = {
  readonly unit: string;
  readonly better: BenchCase['better'];
  /** Once per server and case, before the first measurement. */
  readonly prepare?: (server: S, context: BenchContext) => Promise<void>;
  /** One measurement, in `unit`. */
  readonly measure: (server: S, context: BenchContext) => Promise<number>;
};

export type Side<S extends Server> = { readonly kind: ServerKind<S>; readonly workload: Workload<S> };

type Named = { readonly name: string; readonly goal?: number };

export function compare<Ours extends Server, Peer extends Server>(
  ours: Side<Ours>,
  peer: Side<Peer>,
  { name, goal }: Named,
): BenchCase {
  const { unit, better } = ours.workload;
  const [measureOurs, measurePeer] = [measurerOf(ours), measurerOf(peer)];
  return {
    ...{ name, unit, better, ours: measureOurs },
    ...(goal === undefined ? {} : { goal }),
    peer: { name: peer.kind.name, version: peer.kind.version, run: measurePeer },
    cleanup: releaseServers,
  };
}

/** Ours alone, against a number of the workload's unit. */
export function limited<S extends Server>(
  ours: Side<S>,
  { name, limit, once }: { readonly name: string; readonly limit: number; readonly once?: true },
): BenchCase {
  const { unit, better } = ours.workload;
  return {
    ...{ name, unit, better, ours: measurerOf(ours), peer: { limit } },
    ...(once === undefined ? {} : { once }),
    cleanup: releaseServers,
  };
}

/** Measures work on a server that is started and prepared for it when that is done first. */
function measurerOf<S extends Server>({ kind, workload }: Side<S>): BenchCase['ours'] {
  const prepared = new WeakSet<Server>();
  return async (context) => {
    const server = await runningServer(kind, context);
    if (!prepared.has(server)) await workload.prepare?.(server, context);
    prepared.add(server);
    return workload.measure(server, context);
  };
}
