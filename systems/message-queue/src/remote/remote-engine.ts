// What all partitions share of the blobs engine.

import type { Blobs } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { Pace } from './pace.ts';
import { RemoteChunks } from './remote-chunks.ts';
import { type RemoteCounts, remoteCounts } from './remote-counts.ts';
import { RemoteStorage } from './remote-storage.ts';

export type RemoteEngine = {
  readonly storage: RemoteStorage;
  readonly chunks: RemoteChunks;
  /** Of copying, for all partitions together. */
  readonly pace: Pace;
  readonly counts: RemoteCounts;
};

export type RemoteEngineOptions = {
  readonly open: () => Promise<Blobs>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly copyBytesPerSecond: number;
  readonly chunkBytes?: number;
};

export function remoteEngine({ open, clock, telemetry, ...options }: RemoteEngineOptions): RemoteEngine {
  const { log } = telemetry;
  const counts = remoteCounts(telemetry.metrics);
  const storage = new RemoteStorage({ open, clock, log, counts });
  const { chunkBytes, copyBytesPerSecond } = options;
  const chunks = new RemoteChunks({ storage, clock, ...(chunkBytes !== undefined && { chunkBytes }) });
  return { storage, chunks, counts, pace: new Pace({ clock, bytesPerSecond: copyBytesPerSecond }) };
}

/** All blobs of a partition, and no others, begin with it. */
export function blobPrefix({ topicId, index }: { readonly topicId: string; readonly index: number }): string {
  return `${topicId}/${index}/`;
}
