// Looks at everything without changing it, while the broker runs or not: metadata, every log, and each against the others.
//
// Memory: one piece of a log, the highest committed offset of each partition, the rows of one queue.

import type { World } from '@cairn/world';
import type { SettingTexts } from '../broker/topics/topic-settings.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { checkDelays, type DelayRows, unopenedDelays } from './check-delays.ts';
import { findOrphans } from './check-folders.ts';
import { checkLog, type LogFacts, type LogPlace } from './check-log.ts';
import { type CommittedOffsets, checkMetadata, checkQueueRows } from './check-metadata.ts';
import { type CheckStep, type Finding, notice } from './finding.ts';
import type { BlobReader } from './moved-segments.ts';
import { readTransactionRows } from './open-transactions.ts';
import { readStoredLogs, type StoredQueue, type StoredTopic } from './stored-logs.ts';

export type CheckParts = {
  readonly world: World;
  readonly sql: MetadataSql;
  readonly defaults: SettingTexts;
  readonly directories: { readonly partitions: string; readonly queues: string };
  /** The blobs engine; absent where none is configured: then what is there is not looked at, and a notice says so. */
  readonly blobs?: BlobReader | undefined;
  /** The store of delayed records; undefined where nothing was ever delayed. Rejects when it cannot be opened. */
  readonly delayedRows: () => Promise<DelayRows | undefined>;
  /** Whether somebody writes to it now. */
  readonly isTopicOpen: (topic: string, partition: number) => boolean;
  readonly isQueueOpen: (queue: string) => boolean;
};

/** Other work gets the thread after so long. */
const turnMs = 4;
const progressEveryMs = 250;

export async function* checkMessageQueue(
  parts: CheckParts,
  options: { readonly deep: boolean },
): AsyncGenerator<CheckStep, void, undefined> {
  const check = new Check(parts, options);
  for await (const step of check.run()) {
    if (step.kind === 'finding') check.count(step.finding);
    yield step;
  }
  yield check.summary();
}

class Check {
  readonly #parts: CheckParts;
  readonly #options: { readonly deep: boolean };
  readonly #counts = { checkedLogs: 0, logs: 0, segments: 0, batches: 0, bytes: 0, damage: 0, notices: 0 };
  #turnBeganMs: number;
  #progressMs: number;

  constructor(parts: CheckParts, options: { readonly deep: boolean }) {
    this.#parts = parts;
    this.#options = options;
    this.#turnBeganMs = parts.world.clock.monotonicMs();
    this.#progressMs = this.#turnBeganMs;
  }

  count({ severity }: Finding): void {
    if (severity === 'damage') this.#counts.damage++;
    else this.#counts.notices++;
  }

  summary(): CheckStep {
    const { logs, segments, batches, bytes, damage, notices } = this.#counts;
    return { kind: 'summary', logs, segments, batches, bytes, damage, notices };
  }

  async *run(): AsyncGenerator<CheckStep, void, undefined> {
    const { sql, world, directories, defaults } = this.#parts;
    // Offsets first: what is appended behind them meanwhile only makes the logs longer.
    const committed: CommittedOffsets = new Map();
    for await (const finding of checkMetadata(sql, committed)) yield { kind: 'finding', finding };
    const { orphans, logs } = await findOrphans(world.disk, directories, () => readStoredLogs(sql, defaults));
    for (const { path, files } of orphans)
      yield {
        kind: 'finding',
        finding: notice('metadata', `nothing names ${path}, which holds ${files} files`),
      };
    this.#counts.logs =
      logs.queues.length + logs.topics.reduce((sum, topic) => sum + topic.partitionCount, 0);
    yield this.#progress();
    for (const topic of logs.topics)
      for (let index = 0; index < topic.partitionCount; index++)
        yield* this.#checkPartition(topic, index, committed);
    for (const queue of logs.queues) yield* this.#checkQueue(queue);
    yield* this.#checkDelays(logs.topics);
  }

  async *#checkDelays(topics: readonly StoredTopic[]): AsyncGenerator<CheckStep, void, undefined> {
    let delayed: DelayRows | undefined;
    try {
      delayed = await this.#parts.delayedRows();
    } catch (error) {
      yield { kind: 'finding', finding: unopenedDelays(error) };
    }
    if (delayed === undefined) return;
    const names = new Map<string, string>(topics.map(({ topicId, name }) => [topicId, name]));
    for await (const finding of checkDelays(delayed, (topicId) => names.get(topicId)))
      yield { kind: 'finding', finding };
  }

  async *#checkPartition(
    { name, topicId }: StoredTopic,
    index: number,
    committed: CommittedOffsets,
  ): AsyncGenerator<CheckStep, void, undefined> {
    const { sql, directories, isTopicOpen } = this.#parts;
    const where = `topic ${name}/${index}`;
    const { endOffset } = yield* this.#checkLog({
      ...{
        where,
        directory: `${directories.partitions}/${topicId}/${index}`,
        blobs: this.#parts.blobs,
        transactions: { name: { topic: name, partition: index }, rows: () => readTransactionRows(sql) },
      },
      isOpen: () => isTopicOpen(name, index),
    });
    const known = committed.get(`${topicId}/${index}`);
    if (known === undefined || known.offset <= endOffset) return;
    // A client may commit what it likes: alone it proves nothing.
    const detail = `group ${known.group} committed offset ${known.offset}, the log ends at ${endOffset}`;
    yield { kind: 'finding', finding: notice(where, detail) };
  }

  async *#checkQueue({ name, id }: StoredQueue): AsyncGenerator<CheckStep, void, undefined> {
    const { sql, directories, isQueueOpen } = this.#parts;
    const where = `queue ${name}`;
    const rows = await sql.read('findQueueRows', { queue: id });
    const { endOffset } = yield* this.#checkLog({
      ...{ where, directory: `${directories.queues}/${id}` },
      isOpen: () => isQueueOpen(name),
    });
    for await (const finding of checkQueueRows(rows, { where, endOffset }))
      yield { kind: 'finding', finding };
  }

  async *#checkLog(place: LogPlace): AsyncGenerator<CheckStep, LogFacts, undefined> {
    const steps = checkLog(this.#parts.world, place, this.#options);
    for (;;) {
      const { done, value } = await steps.next();
      if (done) {
        this.#counts.segments += value.segments;
        this.#counts.batches += value.batches;
        this.#counts.checkedLogs++;
        if (await this.#isProgressDue()) yield this.#progress();
        return value;
      }
      if ('readBytes' in value) {
        this.#counts.bytes += value.readBytes;
        if (await this.#isProgressDue()) yield this.#progress();
      } else yield { kind: 'finding', finding: value };
    }
  }

  /** Lets others work between. */
  async #isProgressDue(): Promise<boolean> {
    const { clock } = this.#parts.world;
    if (clock.monotonicMs() - this.#turnBeganMs >= turnMs) {
      await clock.sleep(0);
      this.#turnBeganMs = clock.monotonicMs();
    }
    const isDue = clock.monotonicMs() - this.#progressMs >= progressEveryMs;
    if (isDue) this.#progressMs = clock.monotonicMs();
    return isDue;
  }

  #progress(): CheckStep {
    const { checkedLogs, logs, bytes } = this.#counts;
    return { kind: 'progress', checkedLogs, logs, checkedBytes: bytes };
  }
}
