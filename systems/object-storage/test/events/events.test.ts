// Events with the metadata in SQLite.

import { eventsSuite } from './events-suite.ts';

eventsSuite('SQLite', { skip: false });
