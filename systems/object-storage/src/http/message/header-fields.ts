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

/** In lower case; names that are met all the time are looked up and not made anew. */
export function fieldName(sent: string): string {
  return knownNames.get(sent) ?? sent.toLowerCase();
}

const usualNames = [
  ...['Host', 'User-Agent', 'Accept', 'Accept-Encoding', 'Connection', 'Content-Length', 'Content-Type'],
  ...[
    'Content-MD5',
    'Content-Encoding',
    'Date',
    'Authorization',
    'Expect',
    'Range',
    'If-Match',
    'If-None-Match',
  ],
  ...['If-Modified-Since', 'If-Unmodified-Since', 'Transfer-Encoding', 'Cache-Control', 'X-Amz-Date'],
  ...['X-Amz-Content-Sha256', 'X-Amz-Decoded-Content-Length', 'X-Amz-Trailer', 'X-Amz-User-Agent'],
  ...[
    'X-Amz-Sdk-Checksum-Algorithm',
    'X-Amz-Checksum-Crc32',
    'X-Amz-Checksum-Crc64nvme',
    'X-Amz-Copy-Source',
  ],
  ...['X-Amz-Checksum-Mode', 'Amz-Sdk-Invocation-Id', 'Amz-Sdk-Request'],
];
const knownNames: ReadonlyMap<string, string> = new Map(
  usualNames.flatMap((name) => [
    [name, name.toLowerCase()],
    [name.toLowerCase(), name.toLowerCase()],
  ]),
);
