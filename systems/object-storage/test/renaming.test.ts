// Renames with their metadata in SQLite.

import { renamingSuite } from './renaming-suite.ts';

renamingSuite('SQLite', { skip: false });
