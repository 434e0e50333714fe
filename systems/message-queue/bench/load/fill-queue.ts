// Fills an SQS queue through the library, many messages in one batch: millions of calls would take an hour.

import { join } from 'node:path';
import { openMessageQueue } from '../../src/index.ts';

const batch = 1_000;

/** Makes the queue in a platform's data folder, where no process is running. */
export async function fillQueue(data: string, name: string, messages: number): Promise<void> {
  const { queues, close } = await openMessageQueue({ directory: join(data, 'message-queue') });
  await queues.create({ name, attributes: {}, tags: {} });
  const queue = await queues.queue(queues.find(name));
  for (let sent = 0; sent < messages; sent += batch)
    await queue.send(
      Array.from({ length: Math.min(batch, messages - sent) }, (_, index) => ({
        ...{ id: `message-${sent + index}`, body: 'small', attributes: {}, sender: 'bench' },
      })),
    );
  await close();
}
