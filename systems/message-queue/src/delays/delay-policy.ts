// When and where a record of a topic with delays is to appear. Pure.
//
// | topic | record | what becomes of it |
// | --- | --- | --- |
// | `cairn.retry.delays.ms` | `cairn-attempts` below the number of delays | appears after the delay of its attempt, which counts up |
// | | beyond, with a dead letter topic | goes there at once, with the place that it comes from |
// | | beyond, without one | as the last attempt |
// | `cairn.delayed` | `cairn-deliver-at` ahead | appears then |
// | | in the past, or none | appears at once |
//
// What is to be done with a batch that may be repeated does not depend on when it is asked: between two attempts a due time
// may have passed, and then the record would come out of the store and with the batch. So in a batch of an idempotent
// producer a due time in the past makes a record that is due now.
//
// A topic with both is one of retries: what was copied into it has the due time of its last delivery.

import type { NewRecord } from '../batch/records.ts';
import type { DelaySettings } from '../broker/topics/topic-settings.ts';
import { PartitionError } from '../partition/partition.ts';
import { delayHeaders, headerText, withHeaders } from './delay-headers.ts';

export type DelayDecision =
  | { readonly kind: 'now' }
  | { readonly kind: 'later' | 'dead-letter'; readonly dueMs: number; readonly record: NewRecord };

export type DelayPlace = {
  readonly settings: DelaySettings;
  readonly topic: string;
  readonly partition: number;
  readonly nowMs: number;
  /** Whether its batch would be known if it came again. */
  readonly isIdempotent: boolean;
};

/** Throws PartitionError INVALID_RECORD. */
export function decideDelay(record: NewRecord, place: DelayPlace): DelayDecision {
  return place.settings.retryDelaysMs.length > 0 ? decideRetry(record, place) : decideDelayed(record, place);
}

function decideDelayed(record: NewRecord, { settings, nowMs, isIdempotent }: DelayPlace): DelayDecision {
  const text = headerText(record.headers, delayHeaders.deliverAt);
  if (text === undefined) return { kind: 'now' };
  const dueMs = numberOf(text, delayHeaders.deliverAt);
  if (dueMs <= nowMs && !isIdempotent) return { kind: 'now' };
  if (dueMs - nowMs > settings.delayMsMax)
    throw new PartitionError(
      'INVALID_RECORD',
      `${delayHeaders.deliverAt} is ${dueMs - nowMs} ms ahead, cairn.delayed.max.ms is ${settings.delayMsMax}`,
    );
  return { kind: 'later', dueMs: Math.max(dueMs, nowMs), record: withHeadersAdded(record, {}) };
}

function decideRetry(record: NewRecord, { settings, topic, partition, nowMs }: DelayPlace): DelayDecision {
  const { retryDelaysMs, deadLetterTopic } = settings;
  const text = headerText(record.headers, delayHeaders.attempts);
  const attempts = text === undefined ? 0 : numberOf(text, delayHeaders.attempts);
  if (attempts >= retryDelaysMs.length && deadLetterTopic !== undefined) {
    const origin = {
      [delayHeaders.deadLetterTopic]: topic,
      [delayHeaders.deadLetterPartition]: String(partition),
    };
    return { kind: 'dead-letter', dueMs: nowMs, record: withHeadersAdded(record, origin) };
  }
  const delayMs = retryDelaysMs[Math.min(attempts, retryDelaysMs.length - 1)]!;
  const counted = { [delayHeaders.attempts]: String(attempts + 1) };
  return { kind: 'later', dueMs: nowMs + delayMs, record: withHeadersAdded(record, counted) };
}

/** When the record was first produced is kept when it is copied from topic to topic. */
function withHeadersAdded(record: NewRecord, added: Readonly<Record<string, string>>): NewRecord {
  const isKnown = record.timestampMs < 0 || headerText(record.headers, delayHeaders.producedAt) !== undefined;
  const produced = isKnown ? {} : { [delayHeaders.producedAt]: String(record.timestampMs) };
  return { ...record, headers: withHeaders(record.headers, { ...added, ...produced }) };
}

function numberOf(text: string, header: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value < Number.MAX_SAFE_INTEGER) return value;
  const shown = JSON.stringify(text.slice(0, 40));
  throw new PartitionError('INVALID_RECORD', `the header ${header} is ${shown}, wanted is a decimal number`);
}
