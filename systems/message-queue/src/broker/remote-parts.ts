// The broker's part of tiered storage: the engine by its URL, and what of deleted topics is there.

import { BlobsError, openBlobs } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { remoteCopyBytesPerSecondDefault, remoteOpenMsMax } from '../limits.ts';
import { blobPrefix, type RemoteEngine, remoteEngine } from '../remote/remote-engine.ts';
import { withinTime } from '../remote/time-limit.ts';
import type { RemoteFiles } from './topics/topic-files.ts';

export type OpenRemoteEngineOptions = {
  readonly blobsUrl: string;
  readonly copyBytesPerSecond?: number | undefined;
  readonly world: World;
  readonly telemetry: Telemetry;
};

/**
 * Rejects for a URL that names no engine; one that does not answer is tried again when it is wanted,
 * since what is on this disk does not need it.
 */
export async function openRemoteEngine(options: OpenRemoteEngineOptions): Promise<RemoteEngine> {
  const { blobsUrl: url, world, telemetry, copyBytesPerSecond = remoteCopyBytesPerSecondDefault } = options;
  const { clock } = world;
  const engine = remoteEngine({
    open: () => openBlobs({ url, world }),
    clock,
    telemetry,
    copyBytesPerSecond,
  });
  try {
    await withinTime(() => engine.storage.open(), {
      what: 'open the blobs engine',
      clock,
      timeMs: remoteOpenMsMax,
    });
  } catch (error) {
    if (error instanceof BlobsError && error.code === 'invalid-url') throw error;
    telemetry.log.warn(
      'the blobs engine does not answer; old records cannot be read or moved until it does',
      { error },
    );
  }
  return engine;
}

export function remoteFiles({ storage }: RemoteEngine): RemoteFiles {
  return {
    async remove(partition, signal) {
      await storage.deleteUnder(blobPrefix(partition), { signal });
    },
  };
}
