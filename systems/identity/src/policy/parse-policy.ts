// Parses and compiles an IAM policy document: JSON text in, a policy that can be evaluated out, or a typed error.
//
//   { "Version": "2012-10-17", "Id": text, "Statement": statement or [statement, ...] }
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
//
// Version 2008-10-17, also meant when there is none, is the same language without variables. Of a member that stands
// twice in one object the last counts, as in JSON.parse.

import { IdentityError } from '../errors.ts';
import {
  identityPolicyCharactersMax,
  policyStatementsMax,
  policyTextCharactersMax,
  resourcePolicyCharactersMax,
  trustPolicyCharactersMax,
} from '../limits.ts';
import { type Element, elementOf, member, optionalText, requireKnown } from './document.ts';
import { malformed, quoted, syntaxError } from './malformed.ts';
import { type CompiledStatement, type PolicyKind, parseStatement } from './statement.ts';

export type CompiledPolicy = {
  /** What a decision calls it by; undefined for an anonymous one. */
  readonly name: string | undefined;
  readonly statements: readonly CompiledStatement[];
};

const versions = ['2012-10-17', '2008-10-17'];

/**
 * Parses a policy of an identity (no Principal, at most 6,144 characters), of a resource (with Principal, at most
 * 20 KiB), or of who may take on a role (with Principal, no Resource, at most 2,048); white space is not counted.
 *
 * Throws IdentityError: MalformedPolicyDocument, LimitExceeded.
 */
export function parsePolicy(text: string, options: { kind: PolicyKind; name?: string }): CompiledPolicy {
  requireSize(text, options.kind);
  const root = elementOf(jsonOf(text), 'policy');
  requireKnown(root, ['Version', 'Id', 'Statement']);
  optionalText(root, 'Id');
  const variables = versionOf(root) === '2012-10-17';
  const statements = statementsOf(root).map((statement) =>
    parseStatement(statement, { kind: options.kind, variables }),
  );
  requireUniqueIds(statements);
  return { name: options.name, statements };
}

const charactersMaxOf = {
  identity: identityPolicyCharactersMax,
  resource: resourcePolicyCharactersMax,
  trust: trustPolicyCharactersMax,
} as const satisfies Record<PolicyKind, number>;

function requireSize(text: string, kind: PolicyKind): void {
  const charactersMax = charactersMaxOf[kind];
  if (text.length > policyTextCharactersMax || text.replaceAll(/\s+/g, '').length > charactersMax)
    throw new IdentityError('LimitExceeded', `Cannot exceed quota for PolicySize: ${charactersMax}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw syntaxError({
      place: 'policy',
      wanted: `must be JSON: ${error instanceof Error ? error.message : error}`,
    });
  }
}

function versionOf(root: Element): string {
  const version = optionalText(root, 'Version') ?? '2008-10-17';
  if (versions.includes(version)) return version;
  throw syntaxError({
    place: 'policy.Version',
    wanted: `${quoted(version)} must be ${versions.join(' or ')}`,
  });
}

function statementsOf(root: Element): readonly Element[] {
  const value = member(root, 'Statement');
  if (!Array.isArray(value)) return [elementOf(value, 'Statement')];
  if (value.length === 0) throw syntaxError({ place: 'Statement', wanted: 'must have a statement' });
  if (value.length > policyStatementsMax)
    throw new IdentityError(
      'LimitExceeded',
      `A policy has at most ${policyStatementsMax} statements, not ${value.length}`,
    );
  return value.map((statement, index) => elementOf(statement, `Statement[${index}]`));
}

function requireUniqueIds(statements: readonly CompiledStatement[]): void {
  const ids = statements.map(({ sid }) => sid).filter((sid) => sid !== undefined && sid !== '');
  if (new Set(ids).size < ids.length)
    throw malformed('Statement IDs (SID) in a single policy must be unique.');
}
