// Transactions of moves and restores with the metadata in SQLite.

import { transitionSuite } from './procedures-suite.ts';

transitionSuite('SQLite', { skip: false });
