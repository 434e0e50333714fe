// Serves the snapshots of a repository over WebDAV, read-only (DESIGN.md, "WebDAV").

import { closeGracefully, createListener, isLoopbackHost, listen } from '@cairn/service';
import { BackupError } from '../errors.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { openTree } from '../manifest/read-tree.ts';
import { ChunkOffsetReader } from './content/chunk-offsets.ts';
import { RecentChunks } from './content/recent-chunks.ts';
import { StreamBudget } from './content/stream-budget.ts';
import { requestGuard } from './http/request-guard.ts';
import { continueHandler, webdavHandler } from './http/webdav-handler.ts';
import { DirectoryReader } from './tree/directory-reader.ts';
import type { Resource } from './tree/resource.ts';
import { SnapshotListing } from './tree/snapshot-listing.ts';
import { snapshotCollection } from './tree/snapshot-tree.ts';
import type { WebdavOptions, WebdavServer, WebdavSource } from './webdav-options.ts';

/** Connections at once; those beyond are closed as they come. */
const connectionsMax = 256;

/**
 * Resolves when it listens. The repository stays the caller's, who closes it after the server. Throws `invalid-argument` for an address
 * that other machines reach without `credentials` or `anonymous`; `UnusableStart` when the address or port cannot be had.
 *
 * ```ts
 * const server = await serveWebdav(repository, { host: '127.0.0.1', port: 7001 });
 * ```
 */
export async function serveWebdav(repository: WebdavSource, options: WebdavOptions): Promise<WebdavServer> {
  checkReach(options);
  const { host, port, credentials, onProblem = () => {} } = options;
  const handler = webdavHandler({
    guard: requestGuard({ host, ...(credentials && { credentials }) }),
    root: rootOf(repository, { ...options, onProblem }),
    serving: {
      source: new RecentChunks(repository),
      budget: new StreamBudget(),
      offsets: new ChunkOffsetReader(repository),
      nowMs: () => repository.world.clock.nowMs(),
    },
    onProblem,
  });
  const { clock } = repository.world;
  const server = createListener({ clock, handler, handleContinue: continueHandler(handler) });
  server.maxConnections = connectionsMax;
  const address = await listen(server, { host, port });
  return {
    url: `${address.url}/`,
    port: address.port,
    close: (deadline) => closeGracefully(server, deadline),
  };
}

function checkReach({ host, credentials, anonymous = false }: WebdavOptions): void {
  if (isLoopbackHost(host) || credentials !== undefined || anonymous) return;
  const detail = `other machines reach ${host}: it wants a user and a password, or to be told that anybody may read`;
  throw new BackupError('invalid-argument', { attempted: 'serve snapshots', detail });
}

function rootOf(
  repository: WebdavSource,
  {
    snapshot,
    onProblem,
  }: Pick<WebdavOptions, 'snapshot'> & { readonly onProblem: (problem: string) => void },
): () => Promise<Resource> {
  const tree = {
    reader: new DirectoryReader(repository),
    onLostLink: (error: unknown) => {
      if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
      onProblem(error.message);
      return undefined;
    },
  };
  const open = (one: Snapshot) => snapshotCollection(openTree(repository, one).root, tree);
  if (snapshot !== undefined) {
    const root = open(snapshot);
    return async () => root;
  }
  const listing = new SnapshotListing({ repository, clock: repository.world.clock, open, onProblem });
  return () => listing.root();
}
