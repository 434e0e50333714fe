// A drive's index whose calls end within a time. They have threads of their own, so they wait for nothing else. What goes
// through all of its rows takes minutes where there are many, and has no time of its own.

import type { IndexSql } from '../../data/index-store.ts';
import type { DriveAnswers } from './drive-answers.ts';

const throughAllRows: ReadonlySet<string> = new Set([
  'count',
  'recountSegments',
  'rewriteCounts',
  'distrust',
]);

export function answeringIndex(index: IndexSql, path: string, answers: DriveAnswers): IndexSql {
  const run = <T>(operation: string, call: () => Promise<T>, long = false) =>
    answers.run(call, { operation, path, limited: false, long });
  return {
    write: (name, input) =>
      run(`write "${name}" to`, () => index.write(name, input), throughAllRows.has(name)),
    read: (name, input) =>
      run(`read "${name}" from`, () => index.read(name, input), throughAllRows.has(name)),
    lookup: (name, input) => run(`look "${name}" up in`, () => index.lookup(name, input)),
    check: () => run('check', () => index.check(), true),
    // Also of a drive that is silent: its threads end when it answers.
    close: () =>
      answers.isSilent
        ? Promise.resolve(void index.close().catch(() => {}))
        : run('close', () => index.close()),
  };
}
