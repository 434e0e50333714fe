// What can be configured of the message queue.

import { z } from 'zod';
import { groupSettingsDefault } from './groups/group-settings.ts';
import {
  bytesPerMiB,
  connectionsMaxDefault,
  frameBytesMaxDefault,
  partitionsPerTopicDefault,
  remoteCopyBytesPerSecondDefault,
  reserveBytesDefault,
} from './limits.ts';

/** `HOST:PORT`, with an IPv6 address in brackets. */
export const address = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:]+)):(\d{1,5})$/;

export const config = z.strictObject({
  reserveBytes: z
    .int()
    .min(0)
    .default(reserveBytesDefault)
    .describe('bytes that producers leave free on the disk, for retention, deletion and starts'),
  kafka: z
    .strictObject({
      port: z
        .int()
        .min(0)
        .max(65_535)
        .default(9092)
        .describe('port of the Kafka endpoint; 0 takes a free one'),
      advertised: z
        .string()
        .regex(address)
        .optional()
        .describe('HOST:PORT that clients are told; by default the address at which they reached the broker'),
      autoCreateTopics: z
        .boolean()
        .default(true)
        .describe('whether producing to or asking for a topic that is not there makes it'),
      partitionsPerTopic: z
        .int()
        .min(1)
        .max(1_000)
        .default(partitionsPerTopicDefault)
        .describe('partitions of a topic that is made without a number'),
      frameBytesMax: z
        .int()
        .min(1_024)
        .max(1_024 * 1_024 * 1_024)
        .default(frameBytesMaxDefault)
        .describe('size in bytes of a request at most'),
      connectionsMax: z.int().min(1).default(connectionsMaxDefault).describe('connections at the same time'),
      sessionMinutes: z
        .number()
        .min(0)
        .default(0)
        .describe('after which a client has to log in again; 0 for never'),
    })
    .prefault({}),
  sqs: z
    .strictObject({
      port: z.int().min(0).max(65_535).default(9324).describe('port of the SQS endpoint; 0 takes a free one'),
    })
    .prefault({}),
  remote: z
    .strictObject({
      copyBytesPerSecond: z
        .int()
        .min(bytesPerMiB)
        .default(remoteCopyBytesPerSecondDefault)
        .describe('of segments that are moved to the blobs engine, together'),
    })
    .prefault({}),
  groups: z
    .strictObject({
      initialRebalanceDelayMs: z
        .int()
        .min(0)
        .default(3_000)
        .describe('how long the first members of an empty group wait for others'),
      sessionTimeoutMsMin: z
        .int()
        .min(1)
        .max(groupSettingsDefault.sessionTimeoutMsMax)
        .default(groupSettingsDefault.sessionTimeoutMsMin)
        .describe('the shortest session that a member of a classic group may ask for'),
      offsetsRetentionMinutes: z
        .number()
        .min(1)
        .default(7 * 24 * 60)
        .describe('how long offsets of a group without members are kept'),
    })
    .prefault({}),
});

export type MessageQueueConfig = z.output<typeof config>;
