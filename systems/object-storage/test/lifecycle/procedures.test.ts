// Transactions of a lifecycle pass with the metadata in SQLite.

import { proceduresSuite } from './procedures-suite.ts';

proceduresSuite('SQLite', { skip: false });
