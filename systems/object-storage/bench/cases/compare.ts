// A case from a workload: ours and a peer do the same work, each on a server of its own that runs while both are measured.

import type { BenchCase, BenchContext } from '@cairn/bench';
import type { CairnServer } from '../servers/cairn.ts';
import { releaseServers, runningServer } from '../servers/running-servers.ts';
import type { Server, ServerKind } from '../servers/server.ts';

/** Work that any server can be asked for; it keeps no state of its own between servers. */
export type Workload<S extends Server = Server> = {
  readonly unit: string;
  readonly better: BenchCase['better'];
  /** Once per server, before the first measurement. */
  readonly prepare?: (server: S, context: BenchContext) => Promise<void>;
  /** One measurement, in `unit`. */
  readonly measure: (server: S, context: BenchContext) => Promise<number>;
};

export type Comparison = {
  readonly name: string;
  readonly workload: Workload;
  readonly ours: ServerKind;
  readonly peer?: ServerKind;
  /** What the peer does, when that is not the same. */
  readonly peerWorkload?: Workload;
  readonly goal?: number;
  readonly atMost?: number;
  /** What ours may need besides what the peer does, in the workload's unit: it counts as the peer's. */
  readonly besides?: { readonly name: string; readonly amount: number };
};

export const bucket = 'bench';

export function compare(comparison: Comparison): BenchCase {
  const { name, workload, ours, peer, goal, atMost, besides } = comparison;
  const preparation = new Preparation();
  return {
    name,
    unit: workload.unit,
    better: workload.better,
    ...(goal === undefined ? {} : { goal }),
    ours: (context) => preparation.measure(ours, workload, context),
    ...(peer === undefined
      ? {}
      : {
          peer: {
            name: besides === undefined ? peer.name : `${peer.name} + ${besides.name}`,
            version: peer.version,
            ...(atMost === undefined ? {} : { atMost }),
            run: async (context) =>
              (await preparation.measure(peer, comparison.peerWorkload ?? workload, context)) +
              (besides?.amount ?? 0),
          },
        }),
    cleanup: releaseServers,
  };
}

/** A workload that only ours has, measured against a limit. */
export function limited(options: {
  readonly name: string;
  readonly workload: Workload<CairnServer>;
  readonly ours: ServerKind<CairnServer>;
  readonly limit: number;
  readonly once?: true;
}): BenchCase {
  const { name, workload, ours, limit, once } = options;
  const preparation = new Preparation();
  return {
    name,
    unit: workload.unit,
    better: workload.better,
    ...(once === undefined ? {} : { once }),
    peer: { limit },
    ours: (context) => preparation.measure(ours, workload, context),
    cleanup: releaseServers,
  };
}

/** Measures work on a server that is started and prepared for it when that is done first. */
class Preparation {
  readonly #prepared = new Set<Server>();

  async measure<S extends Server>(
    kind: ServerKind<S>,
    work: Workload<S>,
    context: BenchContext,
  ): Promise<number> {
    const server = await runningServer(kind, { context, bucket });
    if (!this.#prepared.has(server)) await work.prepare?.(server, context);
    this.#prepared.add(server);
    return work.measure(server, context);
  }
}
