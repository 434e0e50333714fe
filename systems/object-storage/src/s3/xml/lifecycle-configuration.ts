// A bucket's lifecycle rules as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
//
//   <LifecycleConfiguration>
//     <Rule>                                             1 to 1,000
//       <ID>name</ID>                                    optional, at most 255 characters, no two the same
//       <Status>Enabled</Status>                         or Disabled
//       <Filter>...</Filter>                             or, as it once was, <Prefix>logs/</Prefix>: lifecycle-filter.ts
//       <Expiration>                                     one or more of these: lifecycle-actions.ts
//       <NoncurrentVersionExpiration>
//       <AbortIncompleteMultipartUpload>
//       <Transition>                                     lifecycle-transitions.ts
//       <NoncurrentVersionTransition>
//     </Rule>
//   </LifecycleConfiguration>

import { ObjectStorageError } from '../../errors.ts';
import type { LifecycleRule } from '../../lifecycle/lifecycle-rules.ts';
import { lifecycleRulesMax } from '../limits.ts';
import { actionElements, actionNames, actionsOf } from './lifecycle-actions.ts';
import { filterElements, filterOf } from './lifecycle-filter.ts';
import { madeRuleId, ruleIdOf } from './rule-id.ts';
import type { Steps } from './steps.ts';
import { parseXmlInSteps, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

/** Throws MalformedXML, InvalidArgument, InvalidRequest. */
export function* parseLifecycleConfiguration(bytes: Uint8Array): Steps<readonly LifecycleRule[]> {
  const root = requireRoot(yield* parseXmlInSteps(bytes), 'LifecycleConfiguration');
  const { Rule } = elementsOf(root, { Rule: 'many' });
  if (Rule.length === 0 || Rule.length > lifecycleRulesMax) throw malformed();
  const rules: LifecycleRule[] = [];
  for (const node of Rule) {
    rules.push(ruleOf(node, rules.length));
    if (rules.length % rulesPerStep === 0) yield;
  }
  const ids = new Set(rules.map(({ id }) => id));
  if (ids.size === rules.length) return rules;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'Rule ID must be unique. Found same ID for more than one rule',
  });
}

/** About a millisecond of work. */
const rulesPerStep = 50;

function ruleOf(node: XmlNode, index: number): LifecycleRule {
  const elements = elementsOf(node, {
    ...{ ID: 'optional', Status: 'one', Prefix: 'optional', Filter: 'optional' },
    ...actionNames,
  });
  const status = trimmedTextOf(elements.Status[0]);
  if (status !== 'Enabled' && status !== 'Disabled') throw malformed();
  const filter = filterOf({ prefix: elements.Prefix[0], filter: elements.Filter[0] });
  const rule = { enabled: status === 'Enabled', ...filter, ...actionsOf(elements, filter) };
  return { id: ruleIdOf(elements.ID[0]) ?? madeRuleId(rule, index), ...rule };
}

export function lifecycleConfiguration(rules: readonly LifecycleRule[]): string {
  return xmlDocument(
    'LifecycleConfiguration',
    rules.map((rule): XmlElement => ['Rule', ruleElements(rule)]),
  );
}

function ruleElements(rule: LifecycleRule): XmlElement[] {
  return [
    ['ID', rule.id],
    filterElements(rule),
    ['Status', rule.enabled ? 'Enabled' : 'Disabled'],
    ...actionElements(rule),
  ];
}
