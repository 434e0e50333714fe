// The header fields of a request: values by lower-case name, as Node's own server gives them, so that code written for
// the one reads the other. Values are Latin-1: a character is a byte.
//
// | a name that comes twice                     | what happens                                             |
// | ------------------------------------------- | -------------------------------------------------------- |
// | host, content-length                        | refused: two readers might take two of them              |
// | those of which there is one by definition   | the first counts                                         |
// | cookie                                      | joined by `; `                                           |
// | any other                                   | joined by `, `, which is what RFC 9110 5.3 says it means |

import { HttpProblem } from './http-problem.ts';

export type HeaderFields = { [name: string]: string | undefined };

/** Without a prototype, so that no name of a client meets one of the language (`__proto__`, `constructor`). */
const FieldMap = function FieldMap() {} as unknown as { new (): HeaderFields; prototype: unknown };
FieldMap.prototype = Object.freeze(Object.create(null));

export function newHeaderFields(): HeaderFields {
  return new FieldMap();
}

/** Throws HttpProblem for a second field that there must not be. */
export function addField(fields: HeaderFields, name: string, value: string): void {
  const present = fields[name];
  fields[name] = present === undefined ? value : repeatedField(name, present, value);
}

function repeatedField(name: string, present: string, value: string): string {
  if (name === 'host' || name === 'content-length') throw new HttpProblem('malformed', `two fields ${name}`);
  if (singleFields.has(name)) return present;
  return `${present}${name === 'cookie' ? '; ' : ', '}${value}`;
}

const singleFields = new Set([
  'age',
  'authorization',
  'content-type',
  'etag',
  'expires',
  'from',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/**
 * The name between two positions of a head, in lower case. Those that are met all the time are recognised where they
 * stand: cutting a name out and looking it up in a map costs three times as much.
 */
export function fieldName(text: string, start: number, end: number): string {
  const usual = usualNamesLike[bucketOf(text, start, end)];
  if (usual !== undefined) for (const name of usual) if (isName(name, text, start, end)) return name;
  return text.slice(start, end).toLowerCase();
}

const bucketCount = 256;
/** Of letters the difference between upper and lower case; no two other characters of a token differ by it alone, but `^` and `~`. */
const caseBit = 0x20;

function bucketOf(text: string, start: number, end: number): number {
  const [first, last] = [text.charCodeAt(start) | caseBit, text.charCodeAt(end - 1) | caseBit];
  return ((end - start) * 31 + first * 7 + last) & (bucketCount - 1);
}

function isName(name: string, text: string, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) {
    if ((text.charCodeAt(start + index) | caseBit) !== name.charCodeAt(index)) return false;
  }
  return true;
}

const usualNames = [
  ...['host', 'user-agent', 'accept', 'accept-encoding', 'connection', 'content-length', 'content-type'],
  ...[
    'content-md5',
    'content-encoding',
    'date',
    'authorization',
    'expect',
    'range',
    'if-match',
    'if-none-match',
  ],
  ...['if-modified-since', 'if-unmodified-since', 'transfer-encoding', 'cache-control', 'x-amz-date'],
  ...['x-amz-content-sha256', 'x-amz-decoded-content-length', 'x-amz-trailer', 'x-amz-user-agent'],
  ...[
    'x-amz-sdk-checksum-algorithm',
    'x-amz-checksum-crc32',
    'x-amz-checksum-crc64nvme',
    'x-amz-copy-source',
  ],
  ...['x-amz-checksum-mode', 'amz-sdk-invocation-id', 'amz-sdk-request'],
  ...['x-amz-target', 'x-amz-security-token', 'x-amzn-query-mode'],
];
const usualNamesLike: (readonly string[] | undefined)[] = Array.from({ length: bucketCount });
for (const name of usualNames) {
  const bucket = bucketOf(name, 0, name.length);
  usualNamesLike[bucket] = [...(usualNamesLike[bucket] ?? []), name];
}
