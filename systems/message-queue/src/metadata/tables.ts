// The tables of the metadata store; migrations.ts makes them.

import { tablesOf } from '@cairn/engines';

export type MetadataTables = {
  /**
   * What the broker remembers of itself: `cluster-id`, `starts`, whose number is the leader epoch, `delays` once it has some,
   * `broker-configuration` and `cluster-configuration` where anything is set while it runs.
   */
  setting: {
    name: string;
    value: string;
    /** Null in rows from before there were checksums. */
    row_crc: number | null;
  };
  topic: {
    name: string;
    /** 16 random bytes as Kafka prints them, never used again: names the folder of its partitions. */
    id: string;
    partitions: number;
    created_ms: number;
    /** JSON: what was set for it, by Kafka's names, as text. */
    configuration: string;
    row_crc: number;
  };
  /** Topics that are gone and whose files are not yet: an outbox, written with the removal of the topic. */
  topic_deletion: { id: string; partitions: number; since_ms: number };
  /** One row per ACL binding, numbers as Kafka's protocol has them. Its `row_crc`, and that of quotas, as that of settings. */
  acl: {
    resource_type: number;
    resource_name: string;
    pattern_type: number;
    principal: string;
    host: string;
    operation: number;
    permission: number;
    row_crc: number | null;
  };
  /** Quotas of an entity (JSON of its parts, sorted), JSON of numbers by name. */
  client_quota: { entity: string; quotas: string; row_crc: number | null };
};

export const { statement } = tablesOf<MetadataTables>();
