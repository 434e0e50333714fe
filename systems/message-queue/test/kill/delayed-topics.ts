// The topics of the process that is killed while it delays, and what is asked of each record by its sequence.

type Headers = Readonly<Record<string, string>>;

export const deadTopic = 'dead';
export const delayedTopics: Readonly<
  Record<'delayed' | 'retry', { texts: Headers; headers: (sequence: number) => Headers }>
> = {
  delayed: {
    texts: { 'cairn.delayed': 'true' },
    headers: (sequence) => ({ 'cairn-deliver-at': String(Date.now() + [20, 150, 700][sequence % 3]!) }),
  },
  retry: {
    texts: { 'cairn.retry.delays.ms': '50,300', 'cairn.retry.dead.letter.topic': deadTopic },
    headers: (sequence) => ({ 'cairn-attempts': String(sequence % 3) }),
  },
};
