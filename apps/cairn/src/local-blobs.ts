// `local:` of the blobs port: the object storage that is mounted in the same process.
//
// The engines' registry belongs to the process, a mounted storage to one service. A service gives its systems one world,
// and they open their engines with it, so the world says which storage is meant.

import { BlobsError, type BlobsOpener, registerBlobs } from '@cairn/engines';
import { localBlobsOpener, type ObjectStorage } from '@cairn/object-storage';
import type { SystemDefinition } from '@cairn/service';
import type { World } from '@cairn/world';

const mounted = new WeakMap<World, BlobsOpener>();

registerBlobs('local', async (options) => {
  const open = mounted.get(options.world);
  if (open !== undefined) return open(options);
  throw new BlobsError('invalid-url', { attempted: `open blobs in ${options.url}`, detail: notMounted });
});

const notMounted =
  'object-storage is not mounted in this process: add it to --only, or name another engine, as file:, s3: or https:';

/** The same system; while it runs, `local:` opens it. */
export function withLocalBlobs<Config>(
  definition: SystemDefinition<Config, ObjectStorage>,
): SystemDefinition<Config, ObjectStorage> {
  return {
    ...definition,
    async start(context) {
      const { world, settings } = context;
      const running = await definition.start(context);
      mounted.set(world, localBlobsOpener({ storage: running.api, owner: settings.account }));
      return {
        ...running,
        async stop(deadline) {
          mounted.delete(world);
          await running.stop(deadline);
        },
      };
    },
  };
}
