// A store with a name of its own, for what must not happen between stores.

import { defineStore } from '@cairn/engines';

export default defineStore({
  module: import.meta.url,
  name: 'other-store',
  migrations: [({ text, clustered }) => [`create table note (text ${text} primary key) ${clustered}`]],
  reads: {},
  writes: {},
});
