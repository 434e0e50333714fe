// SQS: what a SendMessage costs, alone, in batches, and with many messages waiting.

import type { BenchCase } from '@cairn/bench';
import { fillQueue } from '../load/fill-queue.ts';
import { barePost } from '../servers/bare.ts';
import { type CairnServer, cairnAs, cairnIn, cairnOn } from '../servers/cairn.ts';
import { fauxqs } from '../servers/fauxqs.ts';
import type { ServerKind } from '../servers/server.ts';
import { compare } from './compare.ts';
import { barePosting, queueName, sqsSending, toCairn, toPort } from './sqs-workloads.ts';

/** In a tiny run as many as a read takes up at once. */
const waiting = process.argv.includes('--tiny') ? 1_000 : 10_000_000;

export function sqsCases(kind: ServerKind<CairnServer>): readonly BenchCase[] {
  const single = sqsSending(toCairn, { messages: 1 });
  const ours = { kind, workload: single };
  return [
    compare(ours, { kind: barePost, workload: barePosting }, { name: 'sqs-send-vs-bare-post', goal: 0.4 }),
    compare(
      ours,
      { kind: fauxqs, workload: sqsSending(toPort, { messages: 1 }) },
      { name: 'sqs-send-vs-fauxqs', goal: 2 },
    ),
    compare(
      { kind, workload: sqsSending(toCairn, { messages: 10 }) },
      { kind: cairnAs('single calls'), workload: single },
      { name: 'sqs-send-batch-of-ten', goal: 5 },
    ),
    // Between the two lies the noise band.
    compare(
      { kind: cairnOn((data) => fillQueue(data, queueName, waiting)), workload: single },
      { kind: cairnAs('an empty queue'), workload: single },
      { name: 'sqs-send-ten-million-waiting', goal: 0.85 },
    ),
  ];
}

/** The same work on two checkouts of ours. */
export function sqsCasesAgainst(kind: ServerKind<CairnServer>, directory: string): readonly BenchCase[] {
  const other = cairnIn(directory);
  return [1, 10].map((messages) => {
    const workload = sqsSending(toCairn, { messages });
    const name = messages === 1 ? 'sqs-send' : 'sqs-send-batch-of-ten';
    return compare({ kind, workload }, { kind: other, workload }, { name });
  });
}
