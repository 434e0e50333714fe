// The short run of the fuzz test, for the gate.

import assert from 'node:assert/strict';
import test from 'node:test';
import { realWorld } from '@cairn/world';
import { type RequestDocument, requestDocuments } from './request-documents.fuzz.ts';
import { fuzzXmlReader } from './xml-reader.fuzz.ts';

test('the documents that are damaged are good ones', () => {
  const documents: readonly RequestDocument[] = Object.values(requestDocuments);
  for (const { root, content, parse } of documents) parse(Buffer.from(`<${root}>${content}</${root}>`));
});

test('any document is parsed or refused, in time', (t) => {
  const seed = realWorld().random.integer(2 ** 32);
  const { parsed, refused } = fuzzXmlReader({ rounds: 3_000, seed });
  t.diagnostic(`seed ${seed}: ${parsed} parsed, ${refused} refused`);
  assert(parsed > 100 && refused > 1_000, `seed ${seed}: ${parsed} parsed, ${refused} refused`);
});
