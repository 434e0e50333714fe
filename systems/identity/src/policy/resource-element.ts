// Resource and NotResource: which things a statement is about, as ARNs with wildcards and variables; `*` is all.
//
//   arn:partition:service:region:account:resource
//
// Case counts. A `*` reaches across colons, as AWS documents for a wildcard that ends a segment: `arn:aws:sqs:*` is
// every queue. Variables stand in the resource part only, behind the fifth colon.

import type { Element } from './document.ts';
import { optionalTexts } from './document.ts';
import { malformed } from './malformed.ts';
import { Pattern } from './pattern.ts';
import type { RequestContext } from './request-context.ts';

export type ResourceElement = { covers(resource: string, context: RequestContext): boolean };

export function parseResourceElement(statement: Element, options: { variables: boolean }): ResourceElement {
  const named = optionalTexts(statement, 'Resource');
  const excepted = optionalTexts(statement, 'NotResource');
  const resources = named ?? excepted;
  if (resources === undefined || resources.length === 0)
    throw malformed('Policy statement must contain resources.');
  if (named !== undefined && excepted !== undefined)
    throw malformed(
      `Syntax errors in policy. (${statement.place}: has both Resource and NotResource, must have one)`,
    );

  const patterns = resources.map((resource) => resourcePattern(resource, options));
  const isNamed = (resource: string, context: RequestContext) =>
    patterns.some((pattern) => pattern.matches(resource, context));
  return { covers: named === undefined ? (resource, context) => !isNamed(resource, context) : isNamed };
}

const partitions = ['aws', '*'];

function resourcePattern(resource: string, { variables }: { variables: boolean }): Pattern {
  if (resource !== '*') requireArn(resource, variables);
  return new Pattern(withAccount(resource), { variables, wildcards: true });
}

/** An ARN of IAM that names no account means this one, as at radosgw: here there is no other. At AWS it matches nothing. */
function withAccount(resource: string): string {
  return resource.replace(/^(arn:[^:]*:iam:)::/, '$1:*:');
}

function requireArn(resource: string, variables: boolean): void {
  const [scheme, partition, service] = resource.split(':');
  if (scheme !== 'arn' || partition === undefined)
    throw malformed(`Resource ${resource} must be in ARN format or "*".`);
  if (!partitions.includes(partition))
    throw malformed(`Partition "${partition}" is not valid for resource "${resource}".`);
  if (service === undefined || !/^(?:[a-z0-9-]+|\*)$/.test(service))
    throw malformed('Resource vendor must be fully qualified and cannot contain regexes.');
  if (resource.split(':').length < 6 && !resource.endsWith('*'))
    throw malformed(`Resource ${resource} must be in ARN format or "*".`);
  const variable = variables ? resource.indexOf('${') : -1;
  if (variable !== -1 && resource.slice(0, variable).split(':').length < 6)
    throw malformed(`Resource ${resource} has a policy variable before the fifth colon of the ARN.`);
}
