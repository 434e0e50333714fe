// What an operation is: from its input, and who calls, to its output.

import type { LateMd5 } from '@cairn/hashing/late-digests';
import type { Principal } from '@cairn/service';
import type { World } from '@cairn/world';
import type { QueueDefinition } from '../queues/queue-definition.ts';
import type { Queues } from '../queues/queues.ts';
import type { Input } from './input.ts';

export type OutputMembers = Readonly<Record<string, unknown>>;

export type OperationCall = {
  readonly queues: Queues;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly principal: Principal;
  readonly digests: LateMd5;
  /** The request has no byte that could make a character which no text may have: its texts are not looked through. */
  readonly hasPlainTexts: boolean;
  readonly account: string;
  /**
   * The caller may do it, else throws QueueError AccessDeniedException; at once when identity remembers who that is. `target` is
   * a name of a queue, or `*`: policies let to all queues by `*` and by `arn:aws:sqs:*:*:*`.
   */
  require(action: string, target: string): undefined | Promise<undefined>;
  /** The queue that the input's QueueUrl names, when the caller may do this with it. Throws QueueError. */
  queue(input: Input, action: string): QueueDefinition | Promise<QueueDefinition>;
  queueUrl(name: string): string;
  /** Aborts when the client leaves, or the server stops: for operations that wait. */
  leaving(): AbortSignal;
};

export type Operation = (input: Input, call: OperationCall) => Promise<OutputMembers>;
