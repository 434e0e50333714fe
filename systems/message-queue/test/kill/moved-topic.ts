// What the killed process appends and moves, computable again.

export const movedTopic = {
  name: 'moved',
  partitionCount: 1,
  texts: {
    'segment.bytes': String(2 ** 20),
    'remote.storage.enable': 'true',
    'local.retention.bytes': String(2 ** 21),
  },
};

export function movedText(round: string, sequence: number): string {
  return `${round} ${sequence} ${'x'.repeat(90_000)}`;
}
