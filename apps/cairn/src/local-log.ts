// `local:` of the log port: the message queue that is mounted in the same process; as local-blobs.ts has it for blobs.

import { LogError, type LogOpener, registerLog } from '@cairn/engines';
import { localLogOpener, type MessageQueue } from '@cairn/message-queue';
import type { SystemDefinition } from '@cairn/service';
import type { World } from '@cairn/world';

const mounted = new WeakMap<World, LogOpener>();

registerLog('local', async (options) => {
  const open = mounted.get(options.world);
  if (open !== undefined) return open(options);
  throw new LogError('invalid-url', { attempted: `open a log in ${options.url}`, detail: notMounted });
});

const notMounted =
  'message-queue is not mounted in this process: add it to --only, or name another engine, as kafka:';

/** The same system; while it runs, `local:` opens it. */
export function withLocalLog<Config>(
  definition: SystemDefinition<Config, MessageQueue>,
): SystemDefinition<Config, MessageQueue> {
  return {
    ...definition,
    async start(context) {
      const { world } = context;
      const running = await definition.start(context);
      mounted.set(world, localLogOpener(running.api));
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
