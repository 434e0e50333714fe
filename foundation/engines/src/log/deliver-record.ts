// One record to its handler: again after a while when it throws, to the topic for dead letters when it did so as often as it
// may. The same for every engine.
//
//   header of a dead letter          what
//   cairn-dead-letter-topic          where it comes from; who has these already keeps them
//   cairn-dead-letter-partition
//   cairn-dead-letter-offset
//   cairn-dead-letter-error          what the handler threw last

import type { Clock } from '@cairn/world';
import type { LogHeader, LogRecord } from './log.ts';
import type { EngineRecord, EngineSubscribe, LogEngine } from './log-engine.ts';
import { LogError } from './log-error.ts';

export type Delivering = {
  readonly request: Pick<EngineSubscribe, 'handle' | 'retry' | 'deadLetterTopic' | 'group'>;
  readonly clock: Clock;
  readonly produce: LogEngine['produce'];
  /** Aborts when nothing is to be begun any more: the subscription stops, or its partitions change hands. */
  readonly ending: AbortSignal;
  /** Aborts when the partition is another member's: the handler is told. */
  readonly lost: AbortSignal;
};

/** Of an error's text in a header. */
const errorCharactersMax = 1_000;
const produceRetry = { attempts: Number.POSITIVE_INFINITY, delayMs: 100, delayMsMax: 30_000 };

/** `done` when its offset may be committed; `stopped` when `ending` came first. Throws LogError `handler-failed`. */
export async function deliverRecord(
  record: LogRecord,
  { request, clock, produce, ending, lost }: Delivering,
): Promise<'done' | 'stopped'> {
  const { handle, retry, deadLetterTopic, group } = request;
  const handled = await repeated(async (attempt) => handle(record, { attempt, signal: lost }), {
    ...{ retry, clock, ending },
  });
  if (handled.outcome !== 'failed') return handled.outcome;
  const { topic, partition, offset } = record;
  if (deadLetterTopic === undefined) {
    const attempted = `handle record ${offset} of ${topic}/${partition} in group ${JSON.stringify(group)}`;
    throw new LogError('handler-failed', { attempted, cause: handled.error, detail: textOf(handled.error) });
  }
  const letter = { topic: deadLetterTopic, records: [deadLetter(record, handled.error)] };
  const produced = await repeated(() => produce(letter), { retry: produceRetry, clock, ending });
  return produced.outcome === 'failed' ? 'stopped' : produced.outcome;
}

type Repeated = { readonly outcome: 'done' | 'stopped' } | { readonly outcome: 'failed'; error: unknown };

async function repeated(
  work: (attempt: number) => Promise<unknown>,
  { retry, clock, ending }: Pick<Delivering, 'clock' | 'ending'> & Pick<EngineSubscribe, 'retry'>,
): Promise<Repeated> {
  for (let attempt = 1; ; attempt++) {
    if (ending.aborted) return { outcome: 'stopped' };
    try {
      await work(attempt);
      return { outcome: 'done' };
    } catch (error) {
      if (attempt >= retry.attempts) return { outcome: 'failed', error };
    }
    const delayMs = Math.min(retry.delayMsMax, retry.delayMs * 2 ** Math.min(attempt - 1, 30));
    await clock.sleep(delayMs, ending).catch(() => {});
  }
}

function deadLetter(record: LogRecord, error: unknown): EngineRecord {
  const { key, value, headers, topic, partition, offset } = record;
  const origin = { topic, partition, offset };
  const isFirst = !headers.some((header) => header.key === `${prefix}topic`);
  const told = isFirst ? Object.entries(origin).map(([name, text]) => headerOf(name, String(text))) : [];
  const kept = headers.filter((header) => header.key !== `${prefix}error`);
  const failure = headerOf('error', textOf(error).slice(0, errorCharactersMax));
  return { key, value, headers: [...kept, ...told, failure], timestampMs: undefined, partition: undefined };
}

const prefix = 'cairn-dead-letter-';

function headerOf(name: string, text: string): LogHeader {
  return { key: prefix + name, value: Buffer.from(text) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
