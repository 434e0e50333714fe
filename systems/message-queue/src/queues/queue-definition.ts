// What a queue is, as its row has it and as it is used.

import { type CompiledPolicy, IdentityError, parsePolicy } from '@cairn/identity';
import type { QueueRow } from '../metadata/queue-checksums.ts';
import type { StoredQueueRow } from '../metadata/queues.ts';
import { type AttributeMap, arePossible, type QueueSettings, settingsOf } from './queue-attributes.ts';
import { QueueError } from './queue-error.ts';
import { checkQueueName } from './queue-names.ts';

export type QueueDocument = {
  readonly attributes: AttributeMap;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly modifiedMs: number;
};

export type QueueDefinition = QueueDocument & {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly settings: QueueSettings;
  /** None, or the one that its attribute has. */
  readonly policies: readonly CompiledPolicy[];
};

/** Throws QueueError InvalidAttributeValue for a policy that is none. */
export function definitionOf(row: QueueRow, arn: string): QueueDefinition {
  const document = JSON.parse(row.document) as QueueDocument;
  const { attributes } = document;
  return {
    ...document,
    ...{ name: row.name, id: row.id, arn, settings: settingsOf(attributes) },
    policies: attributes.Policy ? [compiled(attributes.Policy)] : [],
  };
}

/** As a row has it that was written before; undefined when it is not what can have been written. */
export function storedDefinition(row: StoredQueueRow, arn: string): QueueDefinition | undefined {
  if (!row.isIntact) return undefined;
  try {
    const document: unknown = JSON.parse(row.document);
    if (!isDocument(document)) return undefined;
    const isFifo = document.attributes.FifoQueue === 'true';
    checkQueueName(row.name, { isFifo });
    if (!arePossible(document.attributes, { isFifo })) return undefined;
    return definitionOf(row, arn);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof QueueError) return undefined;
    throw error;
  }
}

function isDocument(value: unknown): value is QueueDocument {
  if (typeof value !== 'object' || value === null) return false;
  const { attributes, tags, createdMs, modifiedMs } = value as Partial<QueueDocument>;
  return (
    isTextMap(attributes) && isTextMap(tags) && Number.isFinite(createdMs) && Number.isFinite(modifiedMs)
  );
}

function isTextMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}

function compiled(policy: string): CompiledPolicy {
  try {
    return parsePolicy(policy, { kind: 'resource' });
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw new QueueError(
      'InvalidAttributeValue',
      `Invalid value for the parameter Policy: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}
