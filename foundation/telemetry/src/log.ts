// Structured logs: one event per unit of work, as JSON lines, with the request's id and trace.

export type Log = {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** True when events of this level are written: lets a hot path skip building the fields. */
  enabled(level: LogLevel): boolean;
  with(fields: LogFields): Log;
};

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
/** `error` may carry an Error: message, code, stack and causes are written. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;
