import { connect } from 'node:net';
import { test } from 'node:test';
import { startPostgres } from './postgres.ts';

test('PostgreSQL starts, accepts connections and stops twice without complaint', async (t) => {
  const server = await startPostgres();
  if (server === undefined) return t.skip('postgres is not installed');
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.destroy();
  await server.stop();
  await server.stop();
});
