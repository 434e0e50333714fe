// What intake and delivery share.

import type { SpaceGuard } from '@cairn/resilience';
import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import type { OpenPartition, Topic } from '../broker/topics/topic.ts';
import type { DelayMetrics } from './delay-metrics.ts';
import type { DelaySql } from './store/delay-store.ts';

export type DelayTopics = {
  find(name: string): Topic | undefined;
  findById(topicId: Topic['topicId']): Topic | undefined;
  isGone(topicId: Topic['topicId']): boolean;
  all(): readonly Topic[];
  partition(topic: Topic, index: number): OpenPartition | Promise<OpenPartition>;
  create(wanted: { readonly name: string }): Promise<Topic>;
  onChange(listener: (change: { readonly kind: string; readonly topic: Topic }) => void): () => void;
};

export type DelayParts = {
  readonly sql: Pick<DelaySql, 'read' | 'write'>;
  readonly topics: DelayTopics;
  readonly clock: Clock;
  readonly log: Telemetry['log'];
  readonly metrics: DelayMetrics;
  /** Asked before delayed records are stored; absent where nothing is kept free. */
  readonly space?: SpaceGuard | undefined;
};

/** A partition by name, in text. */
export function partitionKey({ topicId, partition }: { topicId: string; partition: number }): string {
  return `${topicId}/${partition}`;
}
