export { type KafkaErrorCode, kafkaErrors } from './errors.ts';
export type { Partition } from './partition/partition.ts';
