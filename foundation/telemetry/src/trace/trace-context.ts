// W3C trace context: the `traceparent` header, parsed and written. Pure; ids come from the random that is given.
// https://www.w3.org/TR/trace-context/#traceparent-header
//
//   version "-" trace-id "-" parent-id "-" trace-flags       all lower case hexadecimal
//   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//
// A header that is invalid in any way is ignored as a whole: the request then starts a trace of its own.

import type { Random } from '@cairn/world';

export type TraceContext = {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all zero: the span that this context is in. */
  readonly spanId: string;
  /** The caller may have recorded its part. */
  readonly sampled: boolean;
};

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const sampledFlag = 1;

/** The caller's context, or undefined when the header is missing or invalid. */
export function parseTraceparent(value: string | undefined): TraceContext | undefined {
  const match = value === undefined ? null : pattern.exec(value);
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  // Version ff is forbidden; version 00 ends after the flags; later ones may add fields behind a dash.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (isZero(traceId) || isZero(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & sampledFlag) !== 0 };
}

/** The header to send on, as version 00. */
export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}

/** A trace that starts here. */
export function newTrace(random: Random): TraceContext {
  return { traceId: newId(random, 16), spanId: newId(random, 8), sampled: true };
}

/** The same trace, one span further down. */
export function childSpan(parent: TraceContext, random: Random): TraceContext {
  return { ...parent, spanId: newId(random, 8) };
}

function newId(random: Random, lengthBytes: number): string {
  for (;;) {
    const id = random.bytes(lengthBytes).toString('hex');
    if (!isZero(id)) return id;
  }
}

function isZero(id: string): boolean {
  return /^0+$/.test(id);
}
