// Documents made of the right words in the wrong places: parsing gives a policy or the typed error, a policy can be
// evaluated, and neither takes long.

import assert from 'node:assert/strict';
import { anna } from '../../test/principals.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { IdentityError } from '../errors.ts';
import { operators } from './conditions/operators.ts';
import { evaluate } from './evaluate.ts';
import { type CompiledPolicy, parsePolicy } from './parse-policy.ts';

export type FuzzReport = { readonly seed: number; readonly parsed: number; readonly refused: number };

const names = [
  'Version',
  'Statement',
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
];
const operatorNames = Object.keys(operators);
const words = [
  '2012-10-17',
  'Allow',
  'Deny',
  '*',
  's3:*',
  's3:Get?bject',
  'arn:aws:s3:::a/*',
  'arn:aws:s3:::*a*a*a*a*a*a*a*a*b',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
  "arn:aws:s3:::${aws:username, 'x'}/${*}",
  'true',
  '10',
  '10.0.0.0/8',
  '2026-01-01',
  '\u{1F600}',
  '',
];

/** CPU that one document may take; far above what any takes, far below what a wildcard bomb would. */
const microsecondsMax = 100_000;

export function fuzzParsePolicy({ rounds, seed }: { rounds: number; seed?: number }): FuzzReport {
  const random = seededRandom(seed);
  const report = { seed: random.seed, parsed: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const text = randomDocument(random);
    const policy = withinTime(text, random.seed, () => parseOrRefuse(text, random.seed));
    if (policy === undefined) report.refused++;
    else report.parsed++;
  }
  return report;
}

function parseOrRefuse(text: string, seed: number): CompiledPolicy | undefined {
  try {
    const policy = parsePolicy(text, { kind: 'identity' });
    const request = {
      principal: anna,
      action: 's3:GetObject',
      resource: `arn:aws:s3:::${'a'.repeat(1_000)}`,
    };
    evaluate({ policies: [policy], request: { ...request, context: { 's3:prefix': ['a', '10.1.2.3'] } } });
    return policy;
  } catch (error) {
    assert.ok(error instanceof IdentityError, `seed ${seed}: ${text}: ${error}`);
    assert.ok(
      ['MalformedPolicyDocument', 'LimitExceeded'].includes(error.code),
      `seed ${seed}: ${error.code}`,
    );
    return undefined;
  }
}

function withinTime<T>(text: string, seed: number, run: () => T): T {
  const started = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < microsecondsMax, `seed ${seed}: ${user + system} us for ${text}`);
  return result;
}

type Random = ReturnType<typeof seededRandom>;

function randomDocument(random: Random): string {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: randomStatement(random) });
  if (random.below(4) > 0) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + pick(random, ['"', '{', '}', '\\', '\0', 'x', '']) + text.slice(at + 1);
}

function randomStatement(random: Random): unknown {
  const statement: Record<string, unknown> = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  for (let change = random.below(4); change > 0; change--)
    statement[pick(random, names)] = randomValue(random, 0);
  if (random.below(2) === 0) statement.Condition = randomCondition(random);
  return random.below(3) === 0 ? [statement, statement] : statement;
}

function randomCondition(random: Random): unknown {
  const quantifier = pick(random, ['', '', 'ForAllValues:', 'ForAnyValue:', 'For:']);
  const operator = `${quantifier}${pick(random, operatorNames)}${pick(random, ['', '', 'IfExists'])}`;
  return { [operator]: { [pick(random, ['s3:prefix', 'aws:username', ''])]: randomValue(random, 1) } };
}

function randomValue(random: Random, depth: number): unknown {
  const choice = random.below(depth > 4 ? 6 : 10);
  if (choice < 5) return pick(random, words);
  if (choice === 5) return pick(random, [null, 7, true, -0.5]);
  if (choice < 8) return Array.from({ length: random.below(4) }, () => randomValue(random, depth + 1));
  return { [pick(random, [...names, 'AWS', '__proto__'])]: randomValue(random, depth + 1) };
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}
