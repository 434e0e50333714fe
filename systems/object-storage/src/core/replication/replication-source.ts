// A version on its way to a destination: what it is, and its bytes at the pace that is allowed.

import { ObjectStorageError } from '../../errors.ts';
import type { ReplicationName } from '../../metadata/replication/outbox.ts';
import type { VersionToReplicate as FoundVersion } from '../../metadata/replication/queue.ts';
import {
  type ObjectToReplicate,
  ReplicationRefused,
  type VersionToReplicate,
} from '../../replication/replication-destination.ts';
import { findObject } from '../find-object.ts';
import { objectParts } from '../object-parts.ts';
import { infoOf } from '../object-rows.ts';
import type { PartInfo, VersionName } from '../object-storage.ts';
import { getObject } from '../objects.ts';
import type { CoreParts } from '../parts.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { ReplicationMetrics } from './replication-metrics.ts';

const partsPerPage = 1_000;

type Opening = {
  readonly name: ReplicationName;
  readonly progress: string | null;
  readonly signal: AbortSignal;
};

export class ReplicationSource {
  readonly #parts: CoreParts;
  readonly #bandwidth: Bandwidth;
  readonly #metrics: ReplicationMetrics;

  constructor(parts: CoreParts, options: { bandwidth: Bandwidth; metrics: ReplicationMetrics }) {
    this.#parts = parts;
    this.#bandwidth = options.bandwidth;
    this.#metrics = options.metrics;
  }

  async open({ marker, ...found }: FoundVersion, opening: Opening): Promise<VersionToReplicate> {
    const { name, progress } = opening;
    return {
      ...found,
      progress,
      nowMs: this.#parts.world.clock.nowMs(),
      note: async (text) => {
        await this.#parts.metadata.write('noteReplication', { ...name, progress: text });
      },
      object: marker ? undefined : await this.#object(found, opening),
    };
  }

  async #object(
    { bucket, key, versionId }: VersionName,
    { name: { target }, signal }: Opening,
  ): Promise<ObjectToReplicate> {
    const parts = this.#parts;
    const name = { bucket, key, versionId };
    return {
      info: infoOf(bucket, await findObject(parts, name)),
      open: async (range) => {
        const { content } = await getObject(parts, { ...name, select: () => range }).catch(explained);
        return this.#bandwidth.paced(content, {
          signal,
          onBytes: (bytes) => this.#metrics.sent(target, bytes),
        });
      },
      parts: () => partsOf(parts, name),
    };
  }
}

async function* partsOf(parts: CoreParts, name: VersionName): AsyncIterable<PartInfo> {
  for (let afterPart: number | undefined = 0; afterPart !== undefined; ) {
    const { page } = await objectParts(parts, { ...name, afterPart, limit: partsPerPage });
    if (page === undefined) return;
    yield* page.parts;
    afterPart = page.next;
  }
}

/** As at Amazon what is archived is not replicated; waiting for somebody to restore it would hold back its key for ever. */
function explained(error: unknown): never {
  if (!(error instanceof ObjectStorageError) || error.code !== 'InvalidObjectState') throw error;
  throw new ReplicationRefused('It is archived, and was not restored.', { cause: error });
}
