// What groups need besides requests.

import type { Uuid } from '../kafka/wire/values.ts';

/** Of a request: its version decides what an answer may hold. */
export type GroupContext = {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
};

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
