// Batch operations: up to ten entries, each with an answer of its own.

import { batchEntriesMax } from '../limits.ts';
import { QueueError, queueErrors } from '../queues/queue-error.ts';
import type { Input } from './input.ts';
import type { OutputMembers } from './operation.ts';

export type BatchEntry = { readonly id: string; readonly input: Input };

/** Throws QueueError for what is wrong with the batch as a whole. */
export function batchEntries(input: Input): readonly BatchEntry[] {
  const entries = input.inputs('Entries').map((entry) => ({ id: entry.text('Id') ?? '', input: entry }));
  if (entries.length === 0)
    throw new QueueError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > batchEntriesMax)
    throw new QueueError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${batchEntriesMax}. You have sent ${entries.length}.`,
    );
  if (!entries.every(({ id }) => /^[\w-]{1,80}$/.test(id)))
    throw new QueueError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  const repeated = entries.find(({ id }, index) => entries.findIndex((entry) => entry.id === id) < index);
  if (repeated !== undefined) throw new QueueError('BatchEntryIdsNotDistinct', `Id ${repeated.id} repeated.`);
  return entries;
}

export type BatchOutput = {
  readonly Successful: readonly OutputMembers[];
  readonly Failed: readonly OutputMembers[];
};

/** Does each, and tells which failed why. */
export async function eachOfBatch(
  entries: readonly BatchEntry[],
  act: (input: Input) => OutputMembers | Promise<OutputMembers>,
): Promise<BatchOutput> {
  const outcomes = await Promise.allSettled(entries.map(async ({ input }) => act(input)));
  return batchOutput(entries, ({ id }, index) => {
    const outcome = outcomes[index]!;
    if (outcome.status === 'rejected') throw outcome.reason;
    return { Id: id, ...outcome.value };
  });
}

/** Of what each entry gives, with its `Id`, or throws. Throws what is no QueueError. */
export function batchOutput(
  entries: readonly BatchEntry[],
  outputOf: (entry: BatchEntry, index: number) => OutputMembers,
): BatchOutput {
  const Successful: OutputMembers[] = [];
  const Failed: OutputMembers[] = [];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]!;
    try {
      Successful.push(outputOf(entry, index));
    } catch (error) {
      Failed.push({ Id: entry.id, ...failureOf(error) });
    }
  }
  return { Successful, Failed };
}

function failureOf(reason: unknown): OutputMembers {
  if (!(reason instanceof QueueError)) throw reason;
  const { query, status } = queueErrors[reason.code];
  return { SenderFault: status < 500, Code: query, Message: reason.message };
}
