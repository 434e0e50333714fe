// Directories with damage of every kind: a typed error, or another directory in its one encoding.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzDecoder } from '../../test/fuzz-decoder.ts';
import { generatedEntries } from '../../test/generated-entries.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { decodeDirectory } from './decode-directory.ts';
import { isEntryName } from './entry-name.ts';
import { TreeWriter } from './tree-writer.ts';

function encodedAgain(bytes: Buffer): Buffer {
  const writer = new TreeWriter();
  for (const entry of decodeDirectory(bytes, 'a directory')) {
    assert(isEntryName(entry.name, 0, entry.name.length));
    writer.append(entry);
  }
  return writer.finish().bytes;
}

test('a directory that was altered is refused, or is another directory with its one encoding', (t) => {
  const random = seededRandom(t);
  const counts = { accepted: 0, refused: 0 };
  for (let round = 0; round < 8; round += 1) {
    const writer = new TreeWriter();
    for (const entry of generatedEntries(random, 1 + random.integer(10))) writer.append(entry);
    const { bytes } = writer.finish();
    const { accepted, refused } = fuzzDecoder({ bytes, random, rounds: 3_000, decode: encodedAgain });
    counts.accepted += accepted;
    counts.refused += refused;
  }
  t.diagnostic(`${counts.accepted} accepted, ${counts.refused} refused`);
  assert(counts.accepted > 100 && counts.refused > 1_000);
});
