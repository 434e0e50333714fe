// The broker's second tier, if it has one. What it runs on is loaded only then.

import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { RemoteEngine } from '../remote/remote-engine.ts';
import type { RemoteFiles } from './topics/topic-files.ts';
import type { Topics } from './topics/topics.ts';
import { unreadableTopics } from './unreadable-topics.ts';

export type OpenTieringOptions = {
  readonly blobsUrl?: string | undefined;
  readonly copyBytesPerSecond?: number | undefined;
  readonly world: World;
  readonly telemetry: Telemetry;
};

export type Tiering = {
  /** Absent where none is configured. */
  readonly engine?: RemoteEngine;
  readonly remoteFiles?: RemoteFiles;
  /** Moves segments until it is closed. */
  start(topics: Topics): { close(): Promise<void> };
  /** What the operator should know. */
  warnings(topics: Topics): readonly string[];
  close(): Promise<void>;
};

/** Rejects for a URL that names no engine. */
export async function openTiering(options: OpenTieringOptions): Promise<Tiering> {
  const { blobsUrl, world, telemetry } = options;
  const { log } = telemetry;
  if (blobsUrl === undefined) return withoutEngine(log);
  const { openRemoteEngine, remoteFiles } = await import('./remote-parts.ts');
  const { TieringWorker } = await import('./tiering-worker.ts');
  const engine = await openRemoteEngine({ ...options, blobsUrl });
  return {
    engine,
    remoteFiles: remoteFiles(engine),
    start(topics) {
      const worker = new TieringWorker({ topics, log, clock: world.clock, counts: engine.counts });
      return { close: () => worker.stop() };
    },
    warnings: () => [],
    close: () => engine.storage.close(),
  };
}

function withoutEngine(log: Telemetry['log']): Tiering {
  return {
    start(topics) {
      for (const warning of unreadableTopics(topics)) log.warn(warning);
      return { close: async () => {} };
    },
    warnings: unreadableTopics,
    close: async () => {},
  };
}
