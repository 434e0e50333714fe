// What `serveWebdav` is told, and what it gives.

import type { Repository } from '../core/repository.ts';
import type { Snapshot } from '../format/snapshot-record.ts';

/** Of a repository, what serving it needs. */
export type WebdavSource = Pick<Repository, 'world' | 'snapshots' | 'index' | 'readChunks'>;

export type WebdavOptions = {
  /** An address or a name of this machine. One that other machines reach wants `credentials` or `anonymous`. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Serve the tree of this one alone, at `/`; all snapshots where there is none. */
  readonly snapshot?: Snapshot;
  /** Asked for of every request (Basic, RFC 7617). In the clear: behind a proxy that speaks TLS, or on a network that is trusted. */
  readonly credentials?: WebdavCredentials;
  /** Whoever reaches the address may read everything. */
  readonly anonymous?: boolean;
  /** Told of what could not be served: damage, a store that refused. */
  readonly onProblem?: (problem: string) => void;
};

export type WebdavCredentials = { readonly user: string; readonly password: string };

export type WebdavServer = {
  /** With the real port: `http://127.0.0.1:7001/`. */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, lets those under way end and cuts what is left when `deadline` aborts. The repository stays open. */
  close(deadline: AbortSignal): Promise<void>;
};
