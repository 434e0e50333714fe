// Which partition a record with a key goes to: Kafka's, so that all clients of a topic agree.
//
//   partition = (murmur2(key) & 0x7fffffff) mod number of partitions
//
// murmur2 is Austin Appleby's MurmurHash2 of 32 bits with the seed of Kafka's Java client.

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}

/** As a signed number of 32 bits. */
export function murmur2(bytes: Uint8Array): number {
  const whole = bytes.length & ~3;
  let hash = seed ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const scrambled = Math.imul(word, multiplier);
    hash = Math.imul(hash, multiplier) ^ Math.imul(scrambled ^ (scrambled >>> 24), multiplier);
  }
  const left = bytes.length - whole;
  if (left >= 3) hash ^= bytes[whole + 2]! << 16;
  if (left >= 2) hash ^= bytes[whole + 1]! << 8;
  if (left >= 1) hash = Math.imul(hash ^ bytes[whole]!, multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
