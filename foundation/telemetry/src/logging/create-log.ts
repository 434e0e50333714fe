// The log of a process, over pino: one JSON object per line, on standard error unless told otherwise.
//
//   {"level":"info","time":"2026-01-31T12:00:00.000Z","event":"request served","requestId":"...","status":200}
//
// Lines are written in order and off the loop (log-output.ts); what is still held at exit is written synchronously then.

import type { Clock } from '@cairn/world';
import { type Logger, pino } from 'pino';
import type { Log, LogFields, LogLevel } from '../log.ts';
import { standardError } from './log-output.ts';
import { redactFields } from './redaction.ts';

export type LogOptions = {
  /** The least level that is written. */
  readonly level: LogLevel;
  /** Takes whole lines, each ending in a line feed; standard error when absent. */
  readonly destination?: { write(line: string): void } | undefined;
  /** Stamps the events, by its wall clock. */
  readonly clock: Pick<Clock, 'nowMs'>;
};

export function createLog(options: LogOptions): Log {
  const destination = options.destination ?? standardError();
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(options.clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are plain data before pino sees them.
      serializers: {},
    },
    destination,
  );
  return new PinoLog(logger);
}

/** Writes nothing: for libraries used alone and for tests. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  enabled: () => false,
  with: () => silentLog,
};

class PinoLog implements Log {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  debug(event: string, fields?: LogFields): void {
    this.#write('debug', event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#write('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#write('warn', event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#write('error', event, fields);
  }

  enabled(level: LogLevel): boolean {
    return this.#logger.isLevelEnabled(level);
  }

  with(fields: LogFields): Log {
    return new PinoLog(this.#logger.child(writable(fields)));
  }

  #write(level: LogLevel, event: string, fields: LogFields | undefined): void {
    if (!this.#logger.isLevelEnabled(level)) return;
    if (fields === undefined) this.#logger[level](event);
    else this.#logger[level](writable(fields), event);
  }
}

const ownKeys = ['level', 'time', 'event'];

/** A field that is called like one of the log's own keys gets a `_` behind its name: no line has a key twice. */
function writable(fields: LogFields): Record<string, unknown> {
  const result = redactFields(fields);
  for (const key of ownKeys) {
    if (!(key in result)) continue;
    result[`${key}_`] = result[key];
    delete result[key];
  }
  return result;
}
