// The head of an answer, as the text that is sent. Names and values come from users too (metadata of objects), so a
// value that would end its line, or is no byte, is refused here whatever was checked before.

import assert from 'node:assert/strict';
import { consistsOf, tokenCharacters, valueCharacters } from './characters.ts';

// Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** One field with its line end. `value` is Latin-1. */
export function fieldLine(name: string, value: string): string {
  if (!consistsOf(value, valueCharacters))
    assert.fail(`the field ${name} cannot hold ${JSON.stringify(value)}`);
  return `${knownStarts.get(name) ?? startOfLine(name)}${value}\r\n`;
}

/** Fields that were checked and written once, for many answers. */
export type FieldLines = string & { readonly __brand: 'FieldLines' };

export function fieldLines(fields: Readonly<Record<string, string>>): FieldLines {
  let lines = '';
  for (const name in fields) lines += fieldLine(name, fields[name]!);
  return lines as FieldLines;
}

/** Names are few and come again and again: what was checked once is not checked anew. */
const knownStarts = new Map<string, string>();
const knownStartsMax = 256;

function startOfLine(name: string): string {
  const valid = name.length > 0 && consistsOf(name, tokenCharacters);
  if (!valid) assert.fail(`a field of an answer cannot be called ${JSON.stringify(name)}`);
  const start = `${name}: `;
  if (knownStarts.size < knownStartsMax) knownStarts.set(name, start);
  return start;
}

const statusLines = new Map(
  Object.entries(STATUS_CODES).map(([status, reason]) => [
    Number(status),
    `HTTP/1.1 ${status} ${reason}\r\n`,
  ]),
);

export function statusLine(status: number): string {
  return statusLines.get(status) ?? `HTTP/1.1 ${status} \r\n`;
}

/** 1xx, 204 and 304 have no body, and say nothing of its length (RFC 9110 8.6; for 304 it would be that of 200). */
export function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

/** The `Date` field, made once a second. */
export class DateLine {
  #second = Number.NaN;
  #line = '';

  at(nowMs: number): string {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#line = fieldLine('date', new Date(second * 1000).toUTCString());
    }
    return this.#line;
  }
}
