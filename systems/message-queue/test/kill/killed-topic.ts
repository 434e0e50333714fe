// What the killed process appends, computable again.

export const topicName = 'killed';
export const partitionCount = 3;
export const producersPerRound = 9;

/** Mostly short, some of several sectors. */
export function textOf(producerId: number, sequence: number): string {
  const sizes = [1, 10, 600, 5_000, 30];
  return `${producerId} ${sequence} ${'x'.repeat(sizes[sequence % sizes.length]!)}`;
}
