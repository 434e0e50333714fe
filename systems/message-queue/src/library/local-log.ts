// `local:` of the log port: a message queue that is open in this process. Who puts systems together registers it.

import { LogError, type LogOpener } from '@cairn/engines';
import type { MessageQueue } from '../broker/open-message-queue.ts';

/** What it opens is closed without the queue, and stops what was subscribed through it. */
export function localLogOpener(queue: Pick<MessageQueue, 'produce' | 'subscribe'>): LogOpener {
  return async ({ url }) => {
    if (url !== 'local:')
      throw new LogError('invalid-url', { attempted: `open a log in ${url}`, detail: "wanted is 'local:'" });
    return {
      produce: (request) => queue.produce(request),
      subscribe: (request) => queue.subscribe(request),
      close: async () => {},
    };
  };
}
