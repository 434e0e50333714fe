// Messages into a server: by finished bytes over a socket, for any server, and by librdkafka, for ours.

import { consumeByKcat, produceByKcat } from '../load/kcat.ts';
import { messageFile } from '../load/message-files.ts';
import { publish } from '../load/publish.ts';
import { type CairnServer, topicFor } from '../servers/cairn.ts';
import type { MessageServer, Shape } from '../servers/server.ts';
import type { Workload } from './compare.ts';
import { type FigureUnit, figures, measured } from './figures.ts';

const durationMs = 600;
const tinyMessages = 64;
/** As a client of JetStream has by default. */
const defaultWindow = 4_000;

export type Publish = Shape & {
  readonly unit: FigureUnit;
  /** Messages that may be unacknowledged. */
  readonly window?: number;
  readonly connections?: number;
};

/** By finished bytes: the client costs next to nothing. */
export function publishing(shape: Publish): Workload<MessageServer> {
  const { unit, batch, window = Math.max(defaultWindow, 2 * batch), connections = 1 } = shape;
  const { better, of } = figures[unit];
  const perMessage = unit === 'MB/s wall' ? shape.messageBytes / 1e6 : 1;
  return {
    ...{ unit, better },
    measure: async (server, { tiny }) => {
      const messages = await server.publishing(shape);
      const until = tiny ? { messages: tinyMessages } : { durationMs };
      return of(
        await measured(server, async (onStart) => {
          const sent = await publish(messages, { connections, window, until, onStart });
          return sent.messages * perMessage;
        }),
      );
    },
  };
}

export type ByLibrdkafka = {
  readonly unit: FigureUnit;
  readonly messageBytes: number;
  readonly partitions?: number;
  readonly synced: boolean;
};

/** One run of kcat, from its start to its end. */
export function producing(load: ByLibrdkafka): Workload<CairnServer> {
  const { unit, messageBytes } = load;
  const { better, of } = figures[unit];
  return {
    ...{ unit, better },
    measure: async (server, { tiny }) => {
      const messages = countOf(load, tiny);
      const file = await messageFile({ messages, messageBytes });
      const topic = await server.createTopic(topicFor(load));
      return of(
        await measured(server, async () => {
          await produceByKcat({ port: server.kafkaPort, topic }, file);
          return unit === 'MB/s wall' ? (messages * messageBytes) / 1e6 : messages;
        }),
      );
    },
  };
}

/** What lies in a topic since the preparation, from its beginning. */
export function consuming(load: Omit<ByLibrdkafka, 'synced'>): Workload<CairnServer> {
  const { unit, messageBytes } = load;
  const { better, of } = figures[unit];
  const topics = new WeakMap<CairnServer, string>();
  return {
    ...{ unit, better },
    prepare: async (server, { tiny }) => {
      const messages = countOf(load, tiny);
      const topic = await server.createTopic(topicFor({ ...load, synced: false }));
      await produceByKcat({ port: server.kafkaPort, topic }, await messageFile({ messages, messageBytes }));
      topics.set(server, topic);
    },
    measure: async (server, { tiny }) => {
      const messages = countOf(load, tiny);
      const topic = topics.get(server)!;
      return of(
        await measured(server, async () => {
          await consumeByKcat({ port: server.kafkaPort, topic }, messages);
          return messages;
        }),
      );
    },
  };
}

/** Enough for about half a second of the broker's CPU time, as its clock counts in steps of 10 ms. */
function countOf({ messageBytes }: { readonly messageBytes: number }, tiny: boolean): number {
  if (tiny) return tinyMessages;
  return messageBytes > 500 ? 200_000 : 1_000_000;
}
