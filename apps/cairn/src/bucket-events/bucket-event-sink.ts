// Puts events of buckets into queues and topics of the message queue in the same process: a sink of object-storage, which
// repeats a batch until it was taken. A FIFO queue takes an event once: its sequencer is the deduplication id.
//
// Who configures a bucket has to be allowed to send to the target, by its own policies or because the queue's policy lets in
// the service s3.amazonaws.com, as in AWS.

import { evaluate, type Identity, servicePrincipal } from '@cairn/identity';
import {
  type MessageQueue,
  type NewMessage,
  type QueueDefinition,
  topicWriteAccess,
} from '@cairn/message-queue';
import type { EventRecord, EventSink, NamedTarget, TestEvent } from '@cairn/object-storage';
import type { World } from '@cairn/world';
import { type EventTarget, eventTarget, messageGroup, messageText, recordKey } from './event-targets.ts';

export type BucketEventSinkOptions = {
  readonly queue: MessageQueue;
  readonly identity: Pick<Identity, 'authorize'>;
  readonly world: Pick<World, 'random'>;
  readonly region: string;
  readonly account: string;
};

const sender = 's3.amazonaws.com';
const service = servicePrincipal(sender);

export class BucketEventSink implements EventSink {
  readonly #options: BucketEventSinkOptions;
  #isClosed = false;

  constructor(options: BucketEventSinkOptions) {
    this.#options = options;
  }

  accepts(arn: string): boolean {
    const target = eventTarget(arn, this.#options);
    if (this.#isClosed || target === undefined) return false;
    const { queues, topics } = this.#options.queue;
    return (target.kind === 'queue' ? queues.known(target.name) : topics.find(target.name)) !== undefined;
  }

  async allows(arn: string, { bucket, principal }: NamedTarget): Promise<boolean> {
    const { identity, region, account, queue } = this.#options;
    const target = eventTarget(arn, this.#options);
    if (target === undefined) return true;
    if (target.kind === 'topic') {
      const place = { region, account, clusterId: queue.clusterId };
      return isAllowed(await identity.authorize(principal, topicWriteAccess(target.name, place)));
    }
    const policies = queue.queues.known(target.name)?.policies ?? [];
    const sending = { action: 'sqs:SendMessage', resource: arn };
    const context = { 'aws:SourceArn': `arn:aws:s3:::${bucket}`, 'aws:SourceAccount': account };
    const byService = evaluate({ policies, request: { principal: service, ...sending, context } });
    if (byService.decision !== 'implicit-deny') return isAllowed(byService);
    return isAllowed(await identity.authorize(principal, { ...sending, resourcePolicies: policies }));
  }

  async test(arn: string, event: TestEvent): Promise<void> {
    const text = JSON.stringify(event);
    await this.#send(this.#require(arn), [
      { text, key: event.Bucket, group: event.Bucket, deduplicationId: this.#newId() },
    ]);
  }

  async deliver(arn: string, records: readonly EventRecord[]): Promise<void> {
    await this.#send(
      this.#require(arn),
      records.map((record) => ({
        text: messageText(record),
        key: recordKey(record),
        group: messageGroup(record),
        deduplicationId: record.s3.object.sequencer,
      })),
    );
  }

  /** From now on it accepts nothing: events wait for the next start. */
  close(): void {
    this.#isClosed = true;
  }

  async #send({ kind, name }: EventTarget, events: readonly Outgoing[]): Promise<void> {
    const { queue } = this.#options;
    if (kind === 'topic') {
      await queue.produce({ topic: name, records: events.map(({ text, key }) => ({ key, value: text })) });
      return;
    }
    const definition = queue.queues.find(name);
    const open = await queue.queues.queue(definition);
    const messages = events.map((event) => this.#message(event, definition));
    await open.send(messages, { delayMs: definition.settings.delayMs });
  }

  #message({ text, group, deduplicationId }: Outgoing, { settings }: QueueDefinition): NewMessage {
    const fifo = settings.isFifo ? { group, deduplicationId } : {};
    return { id: this.#newId(), body: text, attributes: {}, sender, ...fifo };
  }

  #require(arn: string): EventTarget {
    const target = eventTarget(arn, this.#options);
    if (this.#isClosed || target === undefined) throw new Error(`events cannot be sent to ${arn}`);
    return target;
  }

  /** Version 4 (RFC 9562). */
  #newId(): string {
    const bytes = this.#options.world.random.bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Buffer.from(bytes).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}

type Outgoing = {
  readonly text: string;
  readonly key: string;
  readonly group: string;
  readonly deduplicationId: string;
};

function isAllowed({ decision }: { decision: string }): boolean {
  return decision === 'allow';
}
