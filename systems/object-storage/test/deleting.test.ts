// Deletions with their metadata in SQLite.

import { deletingSuite } from './deleting-suite.ts';

deletingSuite('SQLite', { skip: false });
