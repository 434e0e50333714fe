// How the metadata tables came to be. Migration N takes a store from version N - 1 to N; a released one is never edited.

import type { Migration } from '@cairn/engines';
import { createGroupTables } from './group-tables.ts';

export const migrations: readonly Migration[] = [createGroupTables];
