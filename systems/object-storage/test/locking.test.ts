// Object lock with its metadata in SQLite.

import { lockingSuite } from './locking-suite.ts';

lockingSuite('SQLite', { skip: false });
