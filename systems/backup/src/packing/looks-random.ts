// Whether a chunk looks like what does not compress: ciphertext, compressed media, archives. By a sample, since zstd, asked about
// all of it, takes half as long as fingerprinting and sealing it together do.
//
// Pearson's statistic of 4000 bytes, spread over the chunk, against bytes that are all equally likely: of those it is 255 with
// a deviation of 23. Where frequencies alone would save a thirty-second, it is 1,600 on average; where a thirty-second is the
// same byte all over, wherever it lies, 800. Not seen are repeats of what looks random. Of 6,000 chunks of programs, libraries
// and texts on which zstd saves more, none was taken for random; in 5 GB of deflated archives that cost 0.2% of the bytes.

const pieces = 40;
const pieceBytes = 100;
const statisticMax = 350;
/** Of less, zstd is asked: its answer is cheap. */
const bytesWorthSampling = 64 * 1024;

const counts = new Uint32Array(256);

export function looksRandom(chunk: Uint8Array): boolean {
  if (chunk.length < bytesWorthSampling) return false;
  counts.fill(0);
  const stride = Math.floor((chunk.length - pieceBytes) / (pieces - 1));
  for (let piece = 0; piece < pieces; piece += 1) {
    const start = piece * stride;
    for (let at = start; at < start + pieceBytes; at += 1) counts[chunk[at]!]! += 1;
  }
  return statistic() < statisticMax;
}

function statistic(): number {
  const sampled = pieces * pieceBytes;
  let squares = 0;
  for (const count of counts) squares += count * count;
  return (squares * counts.length) / sampled - sampled;
}
