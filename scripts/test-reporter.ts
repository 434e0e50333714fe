// The test reporter of `npm test`: a line per file, failures in full, skipped tests by name, and last the runner's totals.
//
// node:test's own `spec` prints a line per test, thousands here, and `dot` prints no totals.

import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

type Results = {
  readonly failures: string[];
  readonly skipped: string[];
  readonly totals: string[];
  /** Remarks of tests, such as seeds, each of which is printed once. */
  readonly remarks: Set<string>;
};

export default async function* report(events: AsyncIterable<TestEvent>): AsyncIterable<string> {
  const results: Results = { failures: [], skipped: [], totals: [], remarks: new Set() };
  for await (const event of events) yield* lineOf(event, results);
  if (results.skipped.length > 0) yield `\nskipped:\n${results.skipped.join('')}`;
  if (results.failures.length > 0) yield `\nfailed:\n${results.failures.join('')}`;
  yield `\nℹ node ${process.version}\n${results.totals.join('')}`;
}

function* lineOf(event: TestEvent, results: Results): Iterable<string> {
  switch (event.type) {
    case 'test:fail': {
      const title = titleOf(event.data);
      if (!isOnlySubtests(event.data.details.error)) results.failures.push(`  ✖ ${title}\n`);
      yield `✖ ${title}\n${indented(inspect(event.data.details.error.cause ?? event.data.details.error))}\n`;
      return;
    }
    case 'test:pass':
      if (event.data.skip === undefined || event.data.skip === false) return;
      results.skipped.push(`  ﹣ ${titleOf(event.data)}: ${reasonOf(event.data.skip)}\n`);
      return;
    case 'test:summary':
      if (event.data.file === undefined) return;
      yield `${event.data.success ? '✔' : '✖'} ${fileLine(event.data.file, event.data)}\n`;
      return;
    case 'test:stdout':
    case 'test:stderr':
      yield event.data.message;
      return;
    case 'test:diagnostic':
      if (/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(event.data.message))
        results.totals.push(`ℹ ${event.data.message}\n`);
      else if (!results.remarks.has(event.data.message)) {
        results.remarks.add(event.data.message);
        yield `ℹ ${event.data.message}\n`;
      }
  }
}

function fileLine(
  file: string,
  data: { counts: { tests: number; skipped: number }; duration_ms: number },
): string {
  const skipped = data.counts.skipped === 0 ? '' : `, ${data.counts.skipped} skipped`;
  const seconds = (data.duration_ms / 1000).toFixed(1);
  return `${relative('.', file)}: ${data.counts.tests} tests${skipped}, ${seconds} s`;
}

function titleOf({ name, file, line }: { name: string; file?: string; line?: number }): string {
  return file === undefined ? name : `${relative('.', file)}:${line}: ${name}`;
}

function reasonOf(skip: string | boolean): string {
  return skip === true ? 'no reason given' : String(skip);
}

/** A parent that failed because its subtests did says nothing new. */
function isOnlySubtests(error: Error): boolean {
  return (error as { failureType?: string }).failureType === 'subtestsFailed';
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
