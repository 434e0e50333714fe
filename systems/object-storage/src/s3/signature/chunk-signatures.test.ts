// The chain of chunk signatures against the worked examples of Amazon's documentation: 65 KiB of `a` in three chunks.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html

import assert from 'node:assert/strict';
import test from 'node:test';
import { ChunkSignatures } from './chunk-signatures.ts';
import { deriveSigningKey } from './signing-keys.ts';

const scope = { date: '20130524', region: 'us-east-1', service: 's3', terminator: 'aws4_request' };
const key = deriveSigningKey(scope, 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');

function chain(signature: string): ChunkSignatures {
  return new ChunkSignatures({
    key,
    scope: '20130524/us-east-1/s3/aws4_request',
    date: '20130524T000000Z',
    signature,
  });
}

const first = Buffer.alloc(65_536, 'a');
const second = Buffer.alloc(1_024, 'a');

test('the documented chunks are verified one after the other', () => {
  const chunks = chain('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
  chunks.update(first.subarray(0, 1000));
  chunks.update(first.subarray(1000));
  assert(chunks.endChunk('ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'));
  chunks.update(second);
  assert(chunks.endChunk('0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'));
  assert(chunks.endChunk('b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'));
});

test('the documented trailer closes the chain', () => {
  const chunks = chain('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e');
  chunks.update(first);
  assert(chunks.endChunk('b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2'));
  chunks.update(second);
  assert(chunks.endChunk('1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7'));
  assert(chunks.endChunk('2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992'));
  assert(
    chunks.endTrailer(
      'x-amz-checksum-crc32c:sOO8/Q==\n',
      'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
    ),
  );
});

test('a changed byte, or a chunk out of its place, is noticed', () => {
  const chunks = chain('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
  chunks.update(Buffer.alloc(65_536, 'b'));
  assert(!chunks.endChunk('ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'));
  const swapped = chain('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
  swapped.update(second);
  assert(!swapped.endChunk('0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'));
  for (const signature of ['', 'zz', 'AD80']) assert(!chain('00').endChunk(signature));
});
