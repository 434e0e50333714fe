// What the handlers work on.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import type { Topics } from '../../broker/topics/topics.ts';
import type { GroupConfigs } from '../../groups/configs/group-configs.ts';

export type BrokerParts = {
  readonly topics: Topics;
  readonly clusterId: string;
  /** Without them groups have no configurations. */
  readonly groupConfigs?: GroupConfigs | undefined;
  /** What clients are told instead of the address at which they reached us. */
  readonly advertised?: { readonly host: string; readonly port: number } | undefined;
  /** What is set for connections. */
  readonly listener: {
    readonly hasTls: boolean;
    readonly frameBytesMax: number;
    readonly connectionsMax: number;
    /** Of a login; 0 sets no bound. */
    readonly sessionMs: number;
  };
  /** `auto.create.topics.enable`. */
  readonly autoCreateTopics: boolean;
  /** The folder of all partitions, for DescribeLogDirs. */
  readonly directory: string;
  readonly freeBytes: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Telemetry['log'];
};

/** The one broker there is. */
export const nodeId = 1;
