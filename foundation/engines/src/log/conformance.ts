// What every engine of the log port must do, as tests. An engine's own test file calls it once:
//
//   await logConformance({ name: 'kafka', open: () => openLog({ url, world }), topic: (partitions) => make(partitions) });
//
// What a server that we did not write lacks is named in `gaps`, by the titles of cases, with the reason. Such a case runs
// all the same, and has to fail: a gap that was closed is noticed. What it does now so and now otherwise is `unreliable`, and
// does not run.
//
// The cases, and node:test, are loaded by the call: production imports this module too.

import type { Log } from './log.ts';

export type LogConformance = {
  /** Starts the names of the tests. */
  readonly name: string;
  /** Opens the engine; called more than once in a test, which closes all that it opened. */
  readonly open: () => Promise<Log>;
  /** Makes a topic of that many partitions. */
  readonly topic: (partitions: number) => Promise<string>;
  readonly gaps?: Readonly<Record<string, string>>;
  readonly unreliable?: Readonly<Record<string, string>>;
  /** The cases run at once, where most of their time is spent waiting for the server; one after the other by default. */
  readonly atOnce?: boolean;
};

/** Registers the tests with node:test. */
export async function logConformance(options: LogConformance): Promise<void> {
  const assert = await import('node:assert/strict');
  const { randomUUID } = await import('node:crypto');
  const { suite, test } = await import('node:test');
  const { logCases } = await import('./conformance/log-cases.ts');
  const { name, gaps = {}, unreliable = {}, atOnce = false } = options;
  const unknown = Object.keys({ ...gaps, ...unreliable }).filter(
    (title) => !logCases.some((each) => each.title === title),
  );
  if (unknown.length > 0) throw new Error(`gaps that are no titles of cases: ${unknown.join('; ')}`);
  suite(name, { concurrency: atOnce }, () => {
    for (const { title, run } of logCases) {
      if (title in unreliable) continue;
      const attempt = () => withPlace(options, randomUUID, run);
      const gap = gaps[title];
      if (gap === undefined) test(`${name}: ${title}`, attempt);
      else test(`${name} lacks: ${title} (${gap})`, () => assert.rejects(attempt()));
    }
  });
}

async function withPlace(
  { open, topic }: LogConformance,
  newName: () => string,
  run: (place: {
    open: () => Promise<Log>;
    topic: (partitions: number) => Promise<string>;
    group: () => string;
  }) => Promise<void>,
): Promise<void> {
  const opened: Log[] = [];
  const openOne = async () => {
    const log = await open();
    opened.push(log);
    return log;
  };
  try {
    await run({ open: openOne, topic, group: () => `group-${newName()}` });
  } finally {
    await Promise.all(opened.map((log) => log.close()));
  }
}
