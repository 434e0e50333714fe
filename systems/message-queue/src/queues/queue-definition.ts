// What a queue is, as its row has it and as it is used.

import { type CompiledPolicy, IdentityError, parsePolicy } from '@cairn/identity';
import type { QueueRow } from '../metadata/queues.ts';
import { type AttributeMap, type QueueSettings, settingsOf } from './queue-attributes.ts';
import { QueueError } from './queue-error.ts';

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
