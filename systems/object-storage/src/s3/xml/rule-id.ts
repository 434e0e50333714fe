// The id of a rule of a lifecycle or a replication configuration.

import { createHash } from 'node:crypto';
import { ObjectStorageError } from '../../errors.ts';
import type { XmlNode } from './xml-reader.ts';
import { trimmedTextOf } from './xml-schema.ts';

/** Undefined when there is none, or it is empty. */
export function ruleIdOf(node: XmlNode | undefined): string | undefined {
  const id = trimmedTextOf(node);
  if (id === undefined || id === '') return undefined;
  if (id.length <= 255) return id;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'ID length should not exceed allowed limit of 255',
  });
}

/** For a rule without one: the same for the same rule in the same place. */
export function madeRuleId(rule: object, index: number): string {
  return createHash('sha256')
    .update(`${index} ${JSON.stringify(rule)}`)
    .digest('base64url');
}
