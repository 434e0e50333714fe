// Backup against restic and borg. `npm run bench -w systems/backup`; `-- --case small --turns 3 --record` for some of it.

import { runBench } from '@cairn/bench';
import { benchCases } from './cases.ts';
import { removeCorpora } from './rounds/corpus-rounds.ts';
import { clientsCases } from './service/clients-cases.ts';
import { indexServiceCases } from './service/index-cases.ts';

try {
  const { cases, begin } = benchCases();
  await runBench({
    name: 'backup',
    file: import.meta.url,
    begin,
    cases: [...cases, ...indexServiceCases(), ...clientsCases()],
  });
} finally {
  removeCorpora();
}
