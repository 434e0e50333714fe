// Backup against restic and borg. `npm run bench -w systems/backup`; `-- --case small-first` for some of it.

import { runBench } from '@cairn/bench';
import { benchCases } from './cases.ts';
import { removeCorpora } from './rounds/corpus-rounds.ts';
import { clientsCases } from './service/clients-cases.ts';
import { indexServiceCases } from './service/index-cases.ts';

try {
  await runBench({
    name: 'backup',
    file: import.meta.url,
    cases: [...benchCases(), ...indexServiceCases(), ...clientsCases()],
  });
} finally {
  removeCorpora();
}
