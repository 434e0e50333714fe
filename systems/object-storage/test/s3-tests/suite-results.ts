// What pytest's report says of a run, held against the failures that are allowed.

import { SaxesParser } from 'saxes';

export type TestResult = {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** The suite itself says that Amazon fails it. */
  readonly failsOnAmazon: boolean;
};
/** By the test's name with its parameters: `test_copy_enc[sse-c-sse-s3-...]`. */
export type TestResults = ReadonlyMap<string, TestResult>;

const outcomes = { failure: 'failed', error: 'failed', skipped: 'skipped' } as const;

/** Reads the report of `pytest --junit-xml`. A test whose setup or clean-up failed has failed. */
export function readReport(xml: string): TestResults {
  const results = new Map<string, TestResult>();
  const parser = new SaxesParser();
  let name = '';
  const change = (more: Partial<TestResult>) =>
    results.set(name, { outcome: 'passed', failsOnAmazon: false, ...results.get(name), ...more });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name: tag, attributes }) => {
    if (tag === 'testcase') {
      name = String(attributes.name);
      change({});
    } else if (tag === 'property' && attributes.name === 'fails_on_aws') change({ failsOnAmazon: true });
    else if (tag in outcomes) change({ outcome: outcomes[tag as keyof typeof outcomes] });
  });
  parser.write(xml).close();
  return results;
}

/** A name a line, in which `*` stands for any text; `#` begins a comment. */
export function readAllowed(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.filter((line) => line !== '');
}

export type Comparison = {
  /** Failed, and neither Amazon's failing nor a line allows it. */
  readonly unexpected: readonly string[];
  /** Lines of which nothing that ran has failed. */
  readonly unneeded: readonly string[];
};

export function compareWithAllowed(results: TestResults, allowed: readonly string[]): Comparison {
  const patterns = allowed.map((line) => ({ line, expression: expressionOf(line) }));
  const names = [...results.keys()];
  const failed = [...results].filter(([, { outcome }]) => outcome === 'failed');
  const unexpected = failed.filter(
    ([name, { failsOnAmazon }]) =>
      !failsOnAmazon && !patterns.some(({ expression }) => expression.test(name)),
  );
  const unneeded = patterns.filter(
    ({ expression }) =>
      names.some((name) => expression.test(name)) && !failed.some(([name]) => expression.test(name)),
  );
  return { unexpected: unexpected.map(([name]) => name), unneeded: unneeded.map(({ line }) => line) };
}

function expressionOf(line: string): RegExp {
  return new RegExp(`^${line.split('*').map(RegExp.escape).join('.*')}$`);
}
