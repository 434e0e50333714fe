// Managed policies by their ARNs. All have the path `/`, so an ARN ends in a name.

import { policyArn } from '../core/operations/names.ts';
import { isCannedPolicy } from '../policy/canned-policies.ts';
import type { ContextRecord } from '../policy/request-context.ts';
import type { Asked } from './call.ts';
import { pageEnd } from './parameters.ts';
import { QueryError } from './query-error.ts';
import { type Element, listOf } from './xml.ts';

export const policyResource = ({ parameters }: Asked) => parameters.required('PolicyArn');

/** The name of the policy whose ARN the call has. Throws NoSuchEntity for one that there cannot be. */
export function policyIn({ identity, parameters }: Asked): string {
  const arn = parameters.required('PolicyArn');
  const name = /^arn:aws:iam::(?:aws|\d{12}):policy\/([\w+=,.@-]{1,128})$/.exec(arn)?.[1];
  if (name !== undefined && arnOfPolicy(name, identity) === arn) return name;
  const shown = arn.slice(0, 2_048);
  if (/^arn:aws:iam::(?:aws|\d{12}):policy\/[!-~]+$/.test(arn))
    throw new QueryError('NoSuchEntity', `Policy ${shown} does not exist or is not attachable.`);
  throw new QueryError('InvalidInput', `ARN ${shown} is not valid.`);
}

export function arnOfPolicy(name: string, { account }: { account: string }): string {
  return policyArn(account, { name, canned: isCannedPolicy(name) });
}

/** With `iam:PolicyARN` a policy can say what may be attached. */
export function policyKeys({ parameters }: Asked): ContextRecord {
  return { 'iam:PolicyARN': parameters.optional('PolicyArn') };
}

export function attachedElements(
  attached: readonly string[],
  { identity, parameters }: Asked,
): readonly Element[] {
  const page = parameters.pageOf(attached, (name) => name);
  const elements = (name: string): readonly Element[] => [
    ['PolicyName', name],
    ['PolicyArn', arnOfPolicy(name, identity)],
  ];
  return [['AttachedPolicies', listOf(page.items, elements)], ...pageEnd(page)];
}
