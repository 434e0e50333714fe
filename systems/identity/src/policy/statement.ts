// One statement of a policy, compiled: what it is about, when it holds, and what it then says.

import type { Principal } from '@cairn/service';
import { type ActionElement, parseActionElement } from './action-element.ts';
import { type Condition, parseConditions } from './conditions/condition.ts';
import { type Element, member, optionalText, requireKnown } from './document.ts';
import { malformed, quoted, syntaxError } from './malformed.ts';
import { type PrincipalMatch, parsePrincipalElement } from './principal-element.ts';
import { parseResourceElement, type ResourceElement } from './resource-element.ts';

/** `trust` is the policy of a role that says who may take it on: about the role itself, so without resources. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

export type CompiledStatement = {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly action: ActionElement;
  readonly resource: ResourceElement;
  /** How far it means a principal; an identity's policy means the identity that has it. */
  matchPrincipal(principal: Principal): PrincipalMatch;
  readonly conditions: readonly Condition[];
};

const members = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

export function parseStatement(
  statement: Element,
  { kind, variables }: { kind: PolicyKind; variables: boolean },
): CompiledStatement {
  requireKnown(statement, members);
  const conditions = member(statement, 'Condition');
  return {
    sid: sidOf(statement, kind),
    effect: effectOf(statement),
    matchPrincipal: principalMatcher(statement, kind),
    action: parseActionElement(statement),
    resource: kind === 'trust' ? roleItself(statement) : parseResourceElement(statement, { variables }),
    conditions:
      conditions === undefined
        ? []
        : parseConditions(conditions, { place: `${statement.place}.Condition`, variables }),
  };
}

function sidOf(statement: Element, kind: PolicyKind): string | undefined {
  const sid = optionalText(statement, 'Sid');
  if (sid !== undefined && kind === 'identity' && !/^[0-9A-Za-z]*$/.test(sid))
    throw malformed(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    );
  return sid;
}

function effectOf(statement: Element): 'Allow' | 'Deny' {
  const effect = member(statement, 'Effect');
  if (effect === 'Allow' || effect === 'Deny') return effect;
  throw syntaxError({
    place: `${statement.place}.Effect`,
    wanted: `${quoted(effect)} must be "Allow" or "Deny"`,
  });
}

function principalMatcher(statement: Element, kind: PolicyKind): CompiledStatement['matchPrincipal'] {
  if (kind !== 'identity') return parsePrincipalElement(statement).match;
  if (member(statement, 'Principal') !== undefined || member(statement, 'NotPrincipal') !== undefined)
    throw malformed('Policy document should not specify a principal.');
  return () => 'named';
}

function roleItself(statement: Element): ResourceElement {
  for (const name of ['Resource', 'NotResource'])
    if (member(statement, name) !== undefined) throw malformed(`Has prohibited field ${name}`);
  return { covers: () => true };
}
