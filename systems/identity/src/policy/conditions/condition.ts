// The Condition element: { operator: { key: value or values } }. All operators and keys must hold; of the values of one
// key one must match (of a negated operator: none).
//
//   operator := [ "ForAllValues:" | "ForAnyValue:" ] name [ "IfExists" ]  |  "Null"
//
//   the request has no value | plain            IfExists   ForAllValues:   ForAnyValue:
//   positive operator        | false            true       true            false
//   negated operator         | true             true       true            false
//
// Before a set operator IfExists changes nothing, and an empty string is no value: both as AWS does it. Without a set
// operator a key with several values matches when one of them does, and fails to match (negated) when none does.

import { type Element, elementOf } from '../document.ts';
import { malformed, quoted, syntaxError } from '../malformed.ts';
import type { RequestContext } from '../request-context.ts';
import { type Operator, operators } from './operators.ts';
import type { ValueTest } from './value-test.ts';

export type Condition = (context: RequestContext) => boolean;

type Quantifier = 'ForAllValues' | 'ForAnyValue' | undefined;

/** The conditions of an element, all of which must hold. */
export function parseConditions(
  value: unknown,
  options: { place: string; variables: boolean },
): readonly Condition[] {
  const element = elementOf(value, options.place);
  return Object.entries(element.members).flatMap(([name, keys]) => {
    const place = `${element.place}.${name}`;
    const compile = name === 'Null' ? nullCondition : operatorCondition(name, options.variables);
    return keysOf(elementOf(keys, place)).map(([key, values]) => compile(key, values, `${place}.${key}`));
  });
}

type CompileCondition = (key: string, values: readonly string[], place: string) => Condition;

function operatorCondition(name: string, variables: boolean): CompileCondition {
  const [, quantifier, base, ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  if (base === undefined || !Object.hasOwn(operators, base))
    throw malformed(`Invalid Condition type : ${name}`);
  const operator: Operator = operators[base as keyof typeof operators];
  return (key, values, place) => {
    const tests = values.map((value) => compileValue(operator, { value, place, variables }));
    return condition({
      key: key.toLowerCase(),
      tests,
      negated: operator.negated,
      quantifier: quantifier as Quantifier,
      whenMissing: ifExists !== undefined || operator.negated,
    });
  };
}

function compileValue(
  operator: Operator,
  { value, place, variables }: { value: string; place: string; variables: boolean },
): ValueTest {
  const test = operator.compile(value, { variables });
  if (test === undefined) throw syntaxError({ place, wanted: `${quoted(value)} must be ${operator.wanted}` });
  return test;
}

function condition(options: {
  key: string;
  tests: readonly ValueTest[];
  negated: boolean;
  quantifier: Quantifier;
  whenMissing: boolean;
}): Condition {
  const { key, tests, negated, quantifier, whenMissing } = options;
  const matchesOne = (actual: string, context: RequestContext) => tests.some((test) => test(actual, context));
  if (quantifier === undefined)
    return (context) => {
      const values = context.valuesOf(key);
      if (values === undefined || values.length === 0) return whenMissing;
      return values.some((actual) => matchesOne(actual, context)) !== negated;
    };
  const forAll = quantifier === 'ForAllValues';
  return (context) => {
    const values = context.valuesOf(key)?.filter((value) => value !== '') ?? [];
    const holds = (actual: string) => matchesOne(actual, context) !== negated;
    return forAll ? values.every(holds) : values.some(holds);
  };
}

/** `true`: the request must not have the key; `false`: it must have it. */
const nullCondition: CompileCondition = (key, values, place) => {
  const wanted = values.map((value) => value.toLowerCase());
  const wrong = wanted.find((value) => value !== 'true' && value !== 'false');
  if (wrong !== undefined) throw syntaxError({ place, wanted: `${quoted(wrong)} must be "true" or "false"` });
  const lowerKey = key.toLowerCase();
  return (context) => wanted.includes(String(context.valuesOf(lowerKey) === undefined));
};

function keysOf({ place, members }: Element): [key: string, values: readonly string[]][] {
  return Object.entries(members).map(([key, value]) => [key, conditionValues(value, `${place}.${key}`)]);
}

/** Values are strings; AWS takes JSON's numbers and booleans as well. */
function conditionValues(value: unknown, place: string): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((item) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'number' || typeof item === 'boolean') return String(item);
    throw syntaxError({ place, wanted: `${quoted(item)} must be a string, a number or a boolean` });
  });
}
