// Sequence numbers of FIFO queues: they rise with the offset and have twenty digits, as AWS's have.

const base = 10n ** 19n;

export function sequenceNumber(offset: number): string {
  return String(base + BigInt(offset));
}
