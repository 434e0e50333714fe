// Records of one partition on their way to the handler, one after the other. It takes what one fetch brought, and wants more
// when that is done.

import type { Clock } from '@cairn/world';
import { deliverRecord } from '../deliver-record.ts';
import type { LogRecord } from '../log.ts';
import type { EngineSubscribe, LogEngine } from '../log-engine.ts';
import type { FetchedRecords } from './fetched-records.ts';

export type RecordLaneOptions = {
  readonly request: EngineSubscribe;
  readonly clock: Clock;
  readonly produce: LogEngine['produce'];
  readonly stopping: AbortSignal;
  /** It wants more, or failed. */
  readonly onIdle: () => void;
};

export class RecordLane {
  readonly topic: string;
  readonly partition: number;
  readonly #options: RecordLaneOptions;
  readonly #lost = new AbortController();
  readonly #ending: AbortSignal;
  #working: Promise<void> | undefined;
  /** Of the next fetch. */
  fetchOffset: number;
  /** Of the next record that is not done. */
  offset: number;
  committedOffset: number;
  failure: unknown;

  constructor(
    place: { topic: string; partition: number; offset: number; committed: boolean },
    options: RecordLaneOptions,
  ) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.fetchOffset = place.offset;
    this.offset = place.offset;
    this.committedOffset = place.committed ? place.offset : -1;
    this.#options = options;
    this.#ending = AbortSignal.any([this.#lost.signal, options.stopping]);
  }

  get isIdle(): boolean {
    return this.#working === undefined && !this.#ending.aborted;
  }

  take({ records, nextOffset }: FetchedRecords): void {
    this.fetchOffset = nextOffset;
    this.#working = this.#work(records, nextOffset).finally(() => {
      this.#working = undefined;
      this.#options.onIdle();
    });
  }

  /** Another member has the partition: nothing more is begun, and the handler that runs is told. */
  lose(): Promise<void> {
    this.#lost.abort();
    return this.settled();
  }

  /** Resolves when no handler runs. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(records: readonly LogRecord[], nextOffset: number): Promise<void> {
    const delivering = { ...this.#options, ending: this.#ending, lost: this.#lost.signal };
    try {
      for (const record of records) {
        if ((await deliverRecord(record, delivering)) === 'stopped') return;
        this.offset = record.offset + 1;
      }
      this.offset = nextOffset;
    } catch (error) {
      this.failure ??= error;
    }
  }
}
