// Documents that clients send, damaged: each is parsed or refused as malformed, and neither takes long.

import assert from 'node:assert/strict';
import { SeededRandom } from '@cairn/world/simulated';
import { ObjectStorageError } from '../../errors.ts';
import { type RequestDocument, requestDocuments } from './request-documents.fuzz.ts';

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const documents: readonly RequestDocument[] = Object.values(requestDocuments);
const messages: readonly (readonly [parse: RequestDocument['parse'], text: string])[] = documents.map(
  ({ root, content, parse }) => [
    parse,
    `<?xml version="1.0" encoding="UTF-8"?>\n<${root} ${namespace}>${content}</${root}>`,
  ],
);

const insertions = [
  '<',
  '>',
  '&',
  '&lt;',
  '&#x0;',
  '&#x10FFFF;',
  '&lol;',
  '<!DOCTYPE a [<!ENTITY lol "lol">]>',
  '<![CDATA[x]]>',
  '<!-- -->',
  '<?x y?>',
  '<Key>',
  '</Key>',
  '<Part/>',
  '<a xmlns:b="c"/>',
  '\u0000',
  '\ufffe',
  'x',
  '"',
  '-1',
  '99999999999',
].map((text) => Buffer.from(text));

/** Far above what any document of these sizes takes. */
const parseMsMax = 200;

export type FuzzReport = { readonly parsed: number; readonly refused: number };

export function fuzzXmlReader({ rounds, seed }: { rounds: number; seed: number }): FuzzReport {
  const random = new SeededRandom(seed);
  const report = { parsed: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const [parse, text] = messages[random.integer(messages.length)]!;
    let bytes: Buffer = Buffer.from(text);
    for (let left = random.integer(3); left >= 0; left--) bytes = damaged(bytes, random);
    const start = process.cpuUsage();
    report[outcomeOf(parse, bytes)] += 1;
    const { user, system } = process.cpuUsage(start);
    assert((user + system) / 1000 < parseMsMax, `seed ${seed}, round ${round}: took too long: ${bytes}`);
  }
  return report;
}

function outcomeOf(parse: (bytes: Uint8Array) => unknown, bytes: Buffer): keyof FuzzReport {
  try {
    parse(bytes);
    return 'parsed';
  } catch (error) {
    if (error instanceof ObjectStorageError && error.status < 500) return 'refused';
    throw error;
  }
}

function damaged(bytes: Buffer, random: SeededRandom): Buffer {
  const start = random.integer(bytes.length + 1);
  const end = start + random.integer(3) * random.integer(20);
  const insertion = [
    insertions[random.integer(insertions.length)]!,
    Buffer.alloc(0),
    random.bytes(1),
    bytes.subarray(start, start + 40),
  ][random.integer(4)]!;
  return Buffer.concat([bytes.subarray(0, start), insertion, bytes.subarray(end)]);
}
