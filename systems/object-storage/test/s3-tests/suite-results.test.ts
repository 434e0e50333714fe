import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithAllowed, readAllowed, readReport } from './suite-results.ts';

// As pytest 9.0 writes it, shortened.
const report = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1"
failures="2" skipped="1" tests="5"><testcase classname="s3tests.functional.test_s3" name="test_good" time="0.1" /><testcase
classname="s3tests.functional.test_s3" name="test_bad[sse-c-8]" time="0.1"><failure message="a &lt; b">x</failure></testcase>
<testcase classname="s3tests.functional.test_s3" name="test_other" time="0"><failure message="">x</failure></testcase><testcase
classname="s3tests.functional.test_iam" name="test_unclean" time="0"><error message="failed on teardown">x</error></testcase>
<testcase classname="s3tests.functional.test_iam" name="test_left_out" time="0"><skipped message="no">x</skipped></testcase>
<testcase classname="s3tests.functional.test_s3" name="test_of_radosgw" time="0"><properties><property name="fails_on_aws"
value="True" /></properties><failure message="">x</failure></testcase>
</testsuite></testsuites>`;

test('the report of pytest says what became of each test, with its setup and clean-up', () => {
  const results = [...readReport(report)].map(([name, { outcome }]) => [name, outcome]);
  assert.deepEqual(Object.fromEntries(results), {
    test_good: 'passed',
    'test_bad[sse-c-8]': 'failed',
    test_other: 'failed',
    test_unclean: 'failed',
    test_left_out: 'skipped',
    test_of_radosgw: 'failed',
  });
});

test('a report that was cut off is no report', () => {
  assert.throws(() => readReport(report.slice(0, -20)), /unclosed tag/);
});

test('what fails where Amazon does not and no line allows it is unexpected, and a line that nothing needs is told', () => {
  const allowed = readAllowed('# why\n\ntest_bad[*-8]  # because\ntest_good\ntest_not_run\ntest_unclean\n');
  assert.deepEqual(compareWithAllowed(readReport(report), allowed), {
    unexpected: ['test_other'],
    unneeded: ['test_good'],
  });
  const none = readAllowed('test_bad\ntest_unclean\ntest_oth.r');
  assert.deepEqual(compareWithAllowed(readReport(report), none).unexpected, [
    'test_bad[sse-c-8]',
    'test_other',
  ]);
});
