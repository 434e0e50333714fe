// The head of a request, from its bytes to what they say. RFC 9112, strictly: whatever two readers could understand in
// two ways is refused, because the other one may be a proxy in front.
//
//   head         = method SP target SP "HTTP/1." ("0" / "1") CRLF *(field CRLF) CRLF
//   field        = token ":" OWS value OWS            no blank before the colon, no folded line
//
// Only a whole head is parsed, so it cannot matter how the network cut it.

import { fieldsMax, methodBytesMax } from '../limits.ts';
import { type BodyFraming, bodyFraming } from './body-framing.ts';
import {
  consistsOf,
  endOfRun,
  hostCharacters,
  targetCharacters,
  tokenCharacters,
  valueCharacters,
} from './characters.ts';
import { addField, fieldName, type HeaderFields, newHeaderFields } from './header-fields.ts';
import { HttpProblem } from './http-problem.ts';

export type RequestHead = {
  readonly method: string;
  /** Path and query as they were sent, Latin-1; or `*`, or whatever else stands there. */
  readonly target: string;
  readonly headers: Readonly<HeaderFields>;
  readonly framing: BodyFraming;
  /** The client takes another answer on this connection. */
  readonly keepAlive: boolean;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;
};

const blank = 0x20;
const tab = 0x09;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const colon = 0x3a;
const slash = 0x2f;
const version = 'HTTP/1.';

/** The same strings every time: what is made of them is found faster than what is made of new ones. */
const usualMethods = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'];

/** From a whole head as Latin-1 text, up to and with its empty line. Throws HttpProblem. */
export function parseRequestHead(text: string): RequestHead {
  const methodEnd = endOfRun(text, 0, tokenCharacters);
  if (methodEnd === 0 || methodEnd > methodBytesMax || text.charCodeAt(methodEnd) !== blank)
    throw malformed('method');
  const targetEnd = endOfRun(text, methodEnd + 1, targetCharacters);
  if (targetEnd === methodEnd + 1 || text.charCodeAt(targetEnd) !== blank) throw malformed('target');
  const minor = text.charCodeAt(targetEnd + 1 + version.length) - 0x30;
  if (!text.startsWith(version, targetEnd + 1) || (minor !== 0 && minor !== 1)) throw malformed('version');
  const lineEnd = targetEnd + 2 + version.length;
  requireLineEnd(text, lineEnd);
  const headers = parseFields(text, lineEnd + 2);
  const target = originOf(text.slice(methodEnd + 1, targetEnd), headers, minor);
  const method = methodOf(text, methodEnd);
  return {
    method,
    target,
    headers,
    framing: bodyFraming(headers, minor),
    keepAlive: keepsAlive(headers.connection, minor),
    expectsContinue: expectsContinue(headers.expect, minor),
  };
}

function methodOf(text: string, end: number): string {
  for (const usual of usualMethods) if (usual.length === end && text.startsWith(usual)) return usual;
  return text.slice(0, end);
}

function parseFields(text: string, start: number): HeaderFields {
  const headers = newHeaderFields();
  let position = start;
  for (let count = 0; text.charCodeAt(position) !== carriageReturn; count++) {
    if (count === fieldsMax) throw new HttpProblem('head-too-large', `more than ${fieldsMax} fields`);
    const nameEnd = endOfRun(text, position, tokenCharacters);
    if (nameEnd === position || text.charCodeAt(nameEnd) !== colon) throw malformed('field name');
    const valueStart = skipBlanks(text, nameEnd + 1);
    const lineEnd = endOfRun(text, valueStart, valueCharacters);
    requireLineEnd(text, lineEnd);
    addField(
      headers,
      fieldName(text, position, nameEnd),
      text.slice(valueStart, trimmed(text, valueStart, lineEnd)),
    );
    position = lineEnd + 2;
  }
  requireLineEnd(text, position);
  if (position + 2 !== text.length) throw malformed('line end');
  return headers;
}

function requireLineEnd(text: string, position: number): void {
  if (text.charCodeAt(position) !== carriageReturn || text.charCodeAt(position + 1) !== lineFeed) {
    throw malformed('line end, or a byte that may not stand in a head');
  }
}

function skipBlanks(text: string, start: number): number {
  let position = start;
  while (isBlank(text.charCodeAt(position))) position++;
  return position;
}

function trimmed(text: string, start: number, end: number): number {
  let position = end;
  while (position > start && isBlank(text.charCodeAt(position - 1))) position--;
  return position;
}

function isBlank(character: number): boolean {
  return character === blank || character === tab;
}

/** An absolute target names the host itself, whatever the field says (RFC 9112 3.2.2). */
function originOf(target: string, headers: HeaderFields, minor: number): string {
  if (headers.host === undefined ? minor === 1 : !consistsOf(headers.host, hostCharacters))
    throw malformed('host');
  if (target.charCodeAt(0) === slash) return target;
  const [, authority, rest] = /^https?:\/\/([^/?]*)(.*)$/is.exec(target) ?? [];
  if (authority === undefined || rest === undefined) return target;
  if (authority === '' || !consistsOf(authority, hostCharacters)) throw malformed('host of the target');
  headers.host = authority;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function keepsAlive(connection: string | undefined, minor: number): boolean {
  if (connection === undefined) return minor === 1;
  const options = connection.toLowerCase().split(',');
  const has = (option: string) => options.some((each) => each.trim() === option);
  return !has('close') && (minor === 1 || has('keep-alive'));
}

/**
 * An expectation that nobody here fulfils may be passed over, one of HTTP/1.0 must be (RFC 9110 10.1.1). But
 * not one that somebody on the way may read as `100-continue`: he would wait for an answer that does not come.
 */
function expectsContinue(expect: string | undefined, minor: number): boolean {
  if (expect === undefined || minor === 0) return false;
  const expected = expect.toLowerCase();
  if (expected === '100-continue') return true;
  if (expected.includes('100-continue')) throw malformed('expectation');
  return false;
}

function malformed(what: string): HttpProblem {
  return new HttpProblem('malformed', what);
}
