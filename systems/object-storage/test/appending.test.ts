// Appends with their metadata in SQLite.

import { appendingSuite } from './appending-suite.ts';

appendingSuite('SQLite', { skip: false });
