export {
  type MessageQueue,
  type OpenMessageQueueOptions,
  openMessageQueue,
} from './broker/open-message-queue.ts';
export type { NewTopic, Topic } from './broker/topics/topic.ts';
export { type KafkaErrorCode, kafkaErrors } from './errors.ts';
export type { Appended, AppendRequest, Fetched, Partition, ReadRequest } from './partition/partition.ts';
export { PartitionError } from './partition/partition.ts';
export type { Queue, ReceivedMessage, ReceiveRequest } from './queues/queue.ts';
export type { QueueDefinition } from './queues/queue-definition.ts';
export { QueueError, type QueueErrorCode, queueErrors } from './queues/queue-error.ts';
export type { NewMessage } from './queues/queue-sender.ts';
export type { Queues } from './queues/queues.ts';
export { messageQueueSystem } from './system.ts';
