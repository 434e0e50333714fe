// The message queue against JetStream, RabbitMQ, Redis Streams, fauxqs, and limits. `npm run bench -w
// systems/message-queue`; `-- --case produce` for some of it, `-- --against DIRECTORY` to compare with another checkout.
//
// Costs and rates are per CPU second of all the server's processes unless the case says wall.

import { runBench } from '@cairn/bench';
import { latencyCases } from './cases/latency-cases.ts';
import { removeManyPartitions } from './cases/many-partitions.ts';
import { largeBatchCases, produceCases } from './cases/produce-cases.ts';
import { scaleCases } from './cases/scale-cases.ts';
import { sqsCases, sqsCasesAgainst } from './cases/sqs-cases.ts';
import { removeMessageFiles } from './load/message-files.ts';
import { cairn } from './servers/cairn.ts';
import { stopServers } from './servers/running-servers.ts';

await runBench({
  name: 'message-queue',
  file: import.meta.url,
  cases: [
    ...produceCases(cairn),
    ...largeBatchCases(cairn),
    ...latencyCases(cairn),
    ...sqsCases(cairn),
    ...scaleCases(cairn),
  ],
  casesAgainst: (directory) => sqsCasesAgainst(cairn, directory),
});
await stopServers();
await removeMessageFiles();
await removeManyPartitions();
