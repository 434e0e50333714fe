// Brings object-storage and message-queue of one service together, neither of which knows the other: while both run, buckets
// may send events to queues and topics. A service gives its systems one world, which says who belongs together.

import type { Identity } from '@cairn/identity';
import type { MessageQueue } from '@cairn/message-queue';
import type { ObjectStorage } from '@cairn/object-storage';
import type { SystemDefinition } from '@cairn/service';
import type { World } from '@cairn/world';

const sources = new WeakMap<World, ObjectStorage>();

/** The same system; while it runs, `withBucketEvents` of the same service finds it. */
export function asEventSource<Config>(
  definition: SystemDefinition<Config, ObjectStorage>,
): SystemDefinition<Config, ObjectStorage> {
  return {
    ...definition,
    async start(context) {
      const running = await definition.start(context);
      sources.set(context.world, running.api);
      return {
        ...running,
        async stop(deadline) {
          sources.delete(context.world);
          await running.stop(deadline);
        },
      };
    },
  };
}

/** The same system, which starts behind the source; without one it is as it was. */
export function withBucketEvents<Config>(
  definition: SystemDefinition<Config, MessageQueue>,
): SystemDefinition<Config, MessageQueue> {
  return {
    ...definition,
    async start(context) {
      const { world, settings } = context;
      const running = await definition.start(context);
      const source = sources.get(world);
      if (source === undefined) return running;
      const { region, account } = settings;
      const identity = context.system<Identity>('identity');
      const { BucketEventSink } = await import('./bucket-event-sink.ts');
      const sink = new BucketEventSink({ queue: running.api, identity, world, region, account });
      source.addEventSink(sink);
      return {
        ...running,
        async stop(deadline) {
          sink.close();
          await running.stop(deadline);
        },
      };
    },
  };
}
