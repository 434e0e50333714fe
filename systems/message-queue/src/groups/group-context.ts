// What groups need besides requests.

import type { Uuid } from '../kafka/wire/values.ts';

/** Of a request: its version decides what an answer may hold. */
export type GroupContext = {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Who sent it, where what an expression matches depends on that; absent, it matches all that there is. */
  readonly user?: string;
  /** What that user may describe, when `topicsToDescribe` asked for it. */
  readonly described?: DescribedTopics;
};

/** Topics that an expression matches, of which only those count that the user may describe. */
export type TopicsToDescribe = {
  readonly expression: string;
  /** Of the topics, when they were looked at. */
  readonly changes: number;
  readonly topics: readonly GroupTopic[];
};
/** Of those, the ones that it may. */
export type DescribedTopics = TopicsToDescribe;

/** Called once, at once or when what the request waits for has come. */
export type Reply<Response> = (response: Response) => void;

/** Topics as groups see them. */
export type GroupTopics = {
  find(name: string): GroupTopic | undefined;
  findById(topicId: Uuid): GroupTopic | undefined;
  isGone(topicId: Uuid): boolean;
  all(): readonly GroupTopic[];
  /** Calls `listener` after every change, until the returned function is called. */
  onChange(listener: (change: GroupTopicChange) => void): () => void;
};
/** `changes` counts what happened to topics that assignments hang on. */
export type TopicsView = Pick<GroupTopics, 'find' | 'findById' | 'isGone' | 'all'> & {
  readonly changes: number;
};
export type GroupTopic = { readonly name: string; readonly topicId: Uuid; readonly partitionCount: number };
export type GroupTopicChange = { readonly kind: string; readonly topic: GroupTopic };

/** What a commit says of who commits. */
export type Committer = {
  /** A generation, or the epoch of a member; below zero when it is in no group. */
  readonly generation: number;
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly isTransactional: boolean;
  readonly version: number;
};
