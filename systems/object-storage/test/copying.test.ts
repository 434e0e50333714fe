// Copies with their metadata in SQLite.

import { copyingSuite } from './copying-suite.ts';

copyingSuite('SQLite', { skip: false });
