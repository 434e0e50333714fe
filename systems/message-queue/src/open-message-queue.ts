// The library's way in. The broker's modules are loaded by who opens one, not by who lists the systems.

import type { MessageQueue, OpenMessageQueueOptions } from './broker/open-message-queue.ts';

/**
 * Opens the broker in a folder, as a crash left it. Throws an Error when another process has it.
 *
 * @example
 * const queue = await openMessageQueue({ directory: './data/message-queue' });
 * const topic = await queue.topics.create({ name: 'events', partitionCount: 3 });
 * const partition = await queue.topics.partition(topic, 0);
 * await queue.close();
 */
export async function openMessageQueue(options: OpenMessageQueueOptions): Promise<MessageQueue> {
  const broker = await import('./broker/open-message-queue.ts');
  return broker.openMessageQueue(options);
}
