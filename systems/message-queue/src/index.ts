export {
  type MessageQueue,
  type OpenMessageQueueOptions,
  openMessageQueue,
} from './broker/open-message-queue.ts';
export type { NewTopic, Topic } from './broker/topics/topic.ts';
export { type KafkaErrorCode, kafkaErrors } from './errors.ts';
export type { Appended, AppendRequest, Fetched, Partition, ReadRequest } from './partition/partition.ts';
export { PartitionError } from './partition/partition.ts';
export { messageQueueSystem } from './system.ts';
