// A URL in, a log out. Foreign engines are known here and loaded when they are first asked for; a system that owns an
// engine (`local:`) registers it.

import assert from 'node:assert/strict';
import { checkedLog } from './checked-log.ts';
import type { Log } from './log.ts';
import type { LogOpener, OpenLogOptions } from './log-engine.ts';
import { LogError } from './log-error.ts';

/** Opens the log at a URL. Fails with `invalid-url`, or with what the place says (`denied`, `unavailable` ...). */
export async function openLog(options: OpenLogOptions): Promise<Log> {
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(options.url)?.[1];
  const opener = scheme === undefined ? undefined : openers.get(scheme);
  if (opener === undefined) {
    const known = [...openers.keys()].map((name) => `${name}:`).join(' ');
    const found = scheme === undefined ? 'it has no scheme' : `nothing opens ${scheme}:`;
    throw new LogError('invalid-url', { attempted: 'open a log', detail: `${found}, only ${known}` });
  }
  return checkedLog(await opener(options));
}

/** Adds an engine of a system under its own scheme, once, when the process starts. */
export function registerLog(scheme: string, opener: LogOpener): void {
  assert(/^[a-z][a-z0-9+.-]*$/.test(scheme), `a scheme is lower case without its colon, not ${scheme}`);
  assert(!openers.has(scheme), `the log has an engine for ${scheme}: already`);
  openers.set(scheme, opener);
}

const openKafka: LogOpener = async (options) =>
  (await import('./kafka/open-kafka-log.ts')).openKafkaLog(options);

const openers = new Map<string, LogOpener>([
  ['kafka', openKafka],
  ['kafkas', openKafka],
]);
