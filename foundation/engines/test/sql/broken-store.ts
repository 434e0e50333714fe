// The conformance store with a migration that fails half way: its first statement works, its second does not.

import { defineStore } from '@cairn/engines';
import conformanceStore from './conformance-store.ts';

export default defineStore({
  module: import.meta.url,
  name: conformanceStore.name,
  migrations: [
    ...conformanceStore.migrations,
    () => ['delete from counter', 'insert into no_such_table values (1)'],
  ],
  reads: {},
  writes: {},
});
