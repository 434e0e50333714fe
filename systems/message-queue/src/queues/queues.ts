// All queues of a broker: by name, and those that are open. The library's face of SQS; src/sqs puts its protocols before it.

import type { World } from '@cairn/world';
import { queuePageMax, queuesMaxDefault } from '../limits.ts';
import type { QueueRow } from '../metadata/queue-checksums.ts';
import type { StoredQueueRow } from '../metadata/queues.ts';
import { MessageMoves } from './message-moves.ts';
import { openQueue, type QueueSurroundings } from './open-queue.ts';
import type { Queue } from './queue.ts';
import {
  type AttributeMap,
  checkedAttributes,
  effectiveAttributes,
  parseRedriveAllowPolicy,
  parseRedrivePolicy,
} from './queue-attributes.ts';
import {
  definitionOf,
  type QueueDefinition,
  type QueueDocument,
  storedDefinition,
} from './queue-definition.ts';
import { QueueError } from './queue-error.ts';
import { QueueFiles } from './queue-files.ts';
import { checkQueueName, nameInArn, queueArn } from './queue-names.ts';
import { ReceiptHandles } from './receipt-handle.ts';
import { ReceiveNumbers } from './receive-numbers.ts';
import type { StoredMessage } from './stored-message.ts';

export type QueuesOptions = QueueSurroundings & {
  readonly region: string;
  readonly account: string;
  readonly queuesMax?: number;
};

export type QueuePage = { readonly items: readonly QueueDefinition[]; readonly next: string | undefined };

/** A queue that is open, or is being opened. */
type Opening = { queue: Queue | undefined; readonly whenOpen: Promise<Queue> };

const upkeepMs = 5_000;
const secretBytes = 32;

export class Queues {
  readonly #options: QueuesOptions;
  readonly #handles: ReceiptHandles;
  readonly #definitions = new Map<string, QueueDefinition>();
  /** Names of queues whose rows cannot be read: they are closed, and nothing of them is changed or deleted. */
  readonly #damaged = new Set<string>();
  /** Names of queues that were not opened, as rows of what is gone of them are damaged. */
  readonly #unopened = new Set<string>();
  readonly #open = new Map<string, Opening>();
  readonly #closing = new Map<string, Promise<void>>();
  /** Of queues that were open since the start, by id. */
  readonly #receiveNumbers = new Map<string, ReceiveNumbers>();
  readonly moves: MessageMoves;
  readonly #files: QueueFiles;
  /** Changes of definitions, one after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(options: QueuesOptions, secret: Uint8Array) {
    this.#options = options;
    this.#handles = new ReceiptHandles(secret);
    this.#files = new QueueFiles(options);
    this.moves = new MessageMoves({
      queues: this,
      clock: options.world.clock,
      sql: options.sql,
      log: options.log,
    });
  }

  static async open(options: QueuesOptions): Promise<Queues> {
    const { sql, world } = options;
    const secret = await sql.write('claimQueueSecret', { secret: world.random.bytes(secretBytes) });
    const queues = new Queues(options, secret);
    const rows = await sql.read('listQueues', {});
    for (const row of rows) queues.#defineStored(row);
    const unsealed = rows.filter((row) => row.row_crc === null && !queues.#damaged.has(row.name));
    if (unsealed.length > 0) await sql.write('sealQueues', { ids: unsealed.map(({ id }) => id) });
    for (const id of await sql.read('listQueueDeletions', {})) queues.#files.remove(id);
    await queues.moves.resume();
    queues.#scheduleUpkeep(world);
    return queues;
  }

  /** The queue of that name; made unless it is there with the same attributes. Throws QueueError QueueNameExists, OverLimit. */
  create(request: {
    name: string;
    attributes?: Readonly<Record<string, string>>;
    tags?: Readonly<Record<string, string>>;
  }): Promise<QueueDefinition> {
    const { name, attributes = {}, tags = {} } = request;
    return this.#alone(async () => {
      const isFifo = attributes.FifoQueue === 'true';
      checkQueueName(name, { isFifo });
      const checked = checkedAttributes(attributes, { isFifo });
      const found = this.#definitions.get(name);
      if (found !== undefined) return requireSame(found, checked);
      this.#requireSound(name);
      if (this.#definitions.size + this.#damaged.size >= (this.#options.queuesMax ?? queuesMaxDefault))
        throw new QueueError('OverLimit', 'There are as many queues as there may be.');
      this.#checkRedrive(checked, { name, isFifo });
      const nowMs = this.#options.world.clock.nowMs();
      const document: QueueDocument = { attributes: checked, tags, createdMs: nowMs, modifiedMs: nowMs };
      const id = this.#options.world.random.bytes(8).toString('hex');
      const row = { name, id, document: JSON.stringify(document) };
      this.#definitionOf(row);
      const made = this.#define(await this.#options.sql.write('createQueue', row));
      // Else it is there by an attempt that seemed to fail.
      return made.id === id ? made : requireSame(made, checked);
    });
  }

  /** Throws QueueError QueueDoesNotExist; ServiceUnavailable when its row is damaged. */
  find(name: string): QueueDefinition {
    const found = this.known(name);
    if (found !== undefined) return found;
    this.#requireSound(name);
    throw new QueueError('QueueDoesNotExist', 'The specified queue does not exist.');
  }

  /** Names of those that are closed, as rows of theirs are damaged. */
  damaged(): readonly string[] {
    return [...this.#damaged, ...this.#unopened];
  }

  /** Undefined when there is no queue of that name, or its row is damaged. */
  known(name: string): QueueDefinition | undefined {
    return this.#definitions.get(name);
  }

  findByArn(arn: string): QueueDefinition | undefined {
    const name = nameInArn(arn);
    const found = name === undefined ? undefined : this.#definitions.get(name);
    return found?.arn === arn ? found : undefined;
  }

  /** Sorted by name. */
  list(request: { prefix?: string; after?: string; limit?: number; deadLetterArn?: string }): QueuePage {
    const { prefix = '', after = '', limit = queuePageMax, deadLetterArn } = request;
    const items = [...this.#definitions.values()]
      .filter(({ name }) => name.startsWith(prefix) && name > after)
      .filter(
        ({ settings }) =>
          deadLetterArn === undefined || settings.redrive?.deadLetterTargetArn === deadLetterArn,
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = items.slice(0, limit);
    return { items: page, next: items.length > page.length ? page.at(-1)?.name : undefined };
  }

  setAttributes(name: string, attributes: Readonly<Record<string, string>>): Promise<QueueDefinition> {
    return this.#alone(async () => {
      const { isFifo } = this.find(name).settings;
      if (attributes.FifoQueue !== undefined && !isFifo)
        throw new QueueError('InvalidAttributeName', 'Unknown Attribute FifoQueue.');
      const checked = checkedAttributes(attributes, { isFifo });
      this.#checkRedrive(checked, { name, isFifo });
      return this.#change(name, (document) => ({ attributes: { ...document.attributes, ...checked } }));
    });
  }

  setTags(
    name: string,
    change: (tags: QueueDocument['tags']) => QueueDocument['tags'],
  ): Promise<QueueDefinition> {
    return this.#alone(() => this.#change(name, ({ tags }) => ({ tags: change(tags) })));
  }

  /** Changes the queue's policy from what it is. */
  setPolicy(name: string, change: (policy: string | undefined) => string): Promise<QueueDefinition> {
    return this.#alone(() =>
      this.#change(name, ({ attributes }) => ({
        attributes: { ...attributes, Policy: change(attributes.Policy || undefined) },
      })),
    );
  }

  /** Its messages are gone when this resolves; the disk's space comes back in the background. */
  delete(name: string): Promise<void> {
    return this.#alone(async () => {
      const { id } = this.find(name);
      await this.#options.sql.write('deleteQueue', { id });
      this.#definitions.delete(name);
      this.#unopened.delete(name);
      this.moves.forget(id);
      this.#receiveNumbers.delete(id);
      await this.#closeOrWarn(id);
      this.#files.remove(id);
    });
  }

  /** Resolves when the files of all queues that were deleted until now are gone, or are to be tried again later. */
  filesRemoved(): Promise<void> {
    return this.#files.settled();
  }

  /** At once when it is open; opened when it is not. Throws QueueError QueueDoesNotExist, ServiceUnavailable. */
  queue({ name }: QueueDefinition): Queue | Promise<Queue> {
    const definition = this.find(name);
    if (this.#isClosed) throw new QueueError('ServiceUnavailable', 'The broker is stopping.');
    const { queue, whenOpen } = this.#open.getOrInsertComputed(definition.id, () => this.#begin(definition));
    return queue ?? whenOpen;
  }

  /** The next who asks tries again when it fails. */
  #begin(definition: QueueDefinition): Opening {
    const { id } = definition;
    const opening: Opening = { queue: undefined, whenOpen: this.#openQueue(definition) };
    opening.whenOpen.then(
      (queue) => {
        opening.queue = queue;
      },
      () => {
        if (this.#open.get(id) === opening) this.#open.delete(id);
      },
    );
    return opening;
  }

  /** Whether its files are in use. */
  isOpen({ id }: QueueDefinition): boolean {
    return this.#open.has(id);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.moves.close();
    await this.#changes.catch(() => {});
    await this.#files.stop();
    for (const id of [...this.#open.keys()]) await this.#closeOrWarn(id);
  }

  /** Of every open queue: what is too old goes, and the space of what is gone comes back. */
  async upkeep(): Promise<void> {
    for (const [id, { whenOpen }] of [...this.#open]) {
      try {
        await (await whenOpen).upkeep();
      } catch (error) {
        this.#options.log.warn('the upkeep of a queue failed', { queue: id, error });
      }
    }
  }

  async #openQueue(definition: QueueDefinition): Promise<Queue> {
    const { id, name } = definition;
    const { start } = this.#options;
    const receiveNumbers = this.#receiveNumbers.getOrInsertComputed(id, () => new ReceiveNumbers(start));
    await this.#closing.get(id)?.catch(() => {});
    const onDamaged = () => this.#unopened.add(name);
    return openQueue(this.#options, {
      ...{ definition, receiveNumbers, handles: this.#handles },
      onDamaged,
      bury: (messages) => this.#bury(name, messages),
      onFailed: (error) => {
        this.#options.log.error('a queue is closed, to be opened again', { queue: name, error });
        this.#closeOrWarn(id).catch(() => {});
      },
    });
  }

  /** False when the queue has no dead-letter queue that exists: then messages stay. */
  async #bury(name: string, messages: readonly StoredMessage[]): Promise<boolean> {
    const definition = this.#definitions.get(name);
    const arn = definition?.settings.redrive?.deadLetterTargetArn;
    const target = arn === undefined ? undefined : this.findByArn(arn);
    if (definition === undefined || target === undefined) return false;
    const queue = await this.queue(target);
    const dead = messages.map(({ dueMs: _due, sentMs, ...message }) => ({
      ...message,
      deadLetterSource: definition.arn,
      // A FIFO queue counts the age of a dead letter from its move on, as AWS does.
      ...(!definition.settings.isFifo && { sentMs }),
    }));
    await queue.send(dead, { always: true });
    return true;
  }

  #checkRedrive(attributes: AttributeMap, { name, isFifo }: { name: string; isFifo: boolean }): void {
    if (!attributes.RedrivePolicy) return;
    const { deadLetterTargetArn } = parseRedrivePolicy(attributes.RedrivePolicy)!;
    const target = this.findByArn(deadLetterTargetArn);
    const reason = whyNotDeadLetters(target, { arn: queueArn(name, this.#options), isFifo });
    if (reason === undefined) return;
    throw new QueueError(
      'InvalidParameterValue',
      `Value ${attributes.RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    );
  }

  async #change(
    name: string,
    change: (document: QueueDocument) => Partial<QueueDocument>,
  ): Promise<QueueDefinition> {
    const { id, attributes, tags, createdMs, modifiedMs } = this.find(name);
    const before: QueueDocument = { attributes, tags, createdMs, modifiedMs };
    const changed = change(before);
    const nowMs = this.#options.world.clock.nowMs();
    const document = JSON.stringify({ ...before, modifiedMs: nowMs, ...changed });
    this.#definitionOf({ name, id, document });
    await this.#options.sql.write('putQueue', { id, document });
    const definition = this.#define({ name, id, document });
    (await this.#open.get(id)?.whenOpen.catch(() => undefined))?.configure(definition.settings);
    return definition;
  }

  #define(row: QueueRow): QueueDefinition {
    const definition = this.#definitionOf(row);
    this.#definitions.set(row.name, definition);
    return definition;
  }

  #defineStored(row: StoredQueueRow): void {
    const definition = storedDefinition(row, queueArn(row.name, this.#options));
    if (definition !== undefined) this.#definitions.set(row.name, definition);
    else {
      this.#damaged.add(row.name);
      this.#options.log.error('a queue is closed, as its row is damaged', { queue: row.name, id: row.id });
    }
  }

  #requireSound(name: string): void {
    if (this.#damaged.has(name))
      throw new QueueError('ServiceUnavailable', `The queue ${name} is closed: its row is damaged.`);
  }

  #definitionOf(row: QueueRow): QueueDefinition {
    return definitionOf(row, queueArn(row.name, this.#options));
  }

  /** Nothing opens a queue while it is being closed: two would write the same log. */
  #close(id: string): Promise<void> {
    const opening = this.#open.get(id);
    if (opening === undefined) return this.#closing.get(id) ?? Promise.resolve();
    this.#open.delete(id);
    const closing = opening.whenOpen
      .then(
        (queue) => queue.close(),
        () => {},
      )
      .finally(() => this.#closing.delete(id));
    this.#closing.set(id, closing);
    return closing;
  }

  /** What it could not write it has acknowledged to nobody. */
  async #closeOrWarn(id: string): Promise<void> {
    try {
      await this.#close(id);
    } catch (error) {
      this.#options.log.warn('a queue could not be closed cleanly', { queue: id, error });
    }
  }

  #scheduleUpkeep({ clock }: World): void {
    clock.setTimer(upkeepMs, () => {
      if (this.#isClosed) return;
      void this.upkeep().then(() => this.#scheduleUpkeep(this.#options.world));
    });
  }

  #alone<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(step);
    this.#changes = result.catch(() => {});
    return result;
  }
}

function whyNotDeadLetters(
  target: QueueDefinition | undefined,
  { arn, isFifo }: { arn: string; isFifo: boolean },
): string | undefined {
  if (target === undefined) return 'Dead letter target does not exist.';
  if (target.settings.isFifo !== isFifo) return 'Dead-letter queue must be of same type as the source.';
  const allow = parseRedriveAllowPolicy(target.attributes.RedriveAllowPolicy ?? '');
  if (allow?.permission === 'denyAll' || (allow?.permission === 'byQueue' && !allow.sources.includes(arn)))
    return "The dead-letter queue's RedriveAllowPolicy does not let this queue use it.";
  return undefined;
}

/** A queue may be created again by whoever asks for nothing else than it has. */
function requireSame(found: QueueDefinition, asked: AttributeMap): QueueDefinition {
  const has = effectiveAttributes(found.attributes, found.settings);
  for (const [name, value] of Object.entries(asked)) {
    if (has[name as keyof AttributeMap] !== value && !(value === '' && !(name in has)))
      throw new QueueError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${name}`,
      );
  }
  return found;
}
