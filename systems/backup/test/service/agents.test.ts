// Reports of agents: kept within bounds through restarts, each user's apart, told to monitoring.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openSql } from '@cairn/engines';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { type Clock, realWorld } from '@cairn/world';
import { openServiceAdministration, type RunReport } from '../../src/index.ts';
import { AgentReports } from '../../src/service/agents/agent-reports.ts';
import { agentsMax, lateAfterMs, runsKept } from '../../src/service/agents/run-report.ts';
import { isBackupError } from '../backup-error.ts';
import firstAgentStore from './first-agent-store.ts';
import { root, startTestService } from './start-service.ts';

const dayMs = 86_400_000;
const startMs = Date.parse('2026-11-29T03:00:00Z');

function runOf(day: number, some: Partial<RunReport> = {}): RunReport {
  const beganMs = startMs + day * dayMs;
  return {
    ...{ agent: 'laptop', host: 'elm', paths: ['/home'], attempts: 1, outcome: 'done' },
    ...{ dueMs: beganMs, beganMs, endedMs: beganMs + 60_000, nextMs: beganMs + dayMs },
    ...{ snapshot: 'a'.repeat(32), files: 3, bytes: 100, bytesAdded: 50, problems: 0 },
    ...some,
  };
}

/** On a clock that the test sets. */
async function openReports(t: TestContext, directory: string, sqlUrl?: string) {
  const metrics = createMetrics();
  const real = realWorld();
  const clock = Object.assign(Object.create(real.clock) as Clock & { ms: number }, {
    ms: startMs + 200 * dayMs,
  });
  clock.nowMs = () => clock.ms;
  const world = { ...real, clock };
  const telemetry = { ...silentTelemetry(), metrics };
  const reports = await AgentReports.open({ world, directory, sqlUrl, telemetry });
  t.after(() => reports.close().catch(() => {}));
  const record = (report: RunReport, user = 'ann') => reports.record({ repository: 'home', user, report });
  const gauge = (name: string) =>
    new RegExp(`^cairn_backup_agent_${name}_timestamp_seconds\\{.*\\} (.*)$`, 'm').exec(
      metrics.expose(),
    )?.[1];
  return { reports, record, clock, gauge };
}

test('the newest runs of each agent are kept, and the last that left a snapshot is never forgotten', async (t) => {
  const directory = await temporaryDirectory(t);
  const { reports, record } = await openReports(t, directory);
  await record(runOf(0));
  for (let day = 1; day <= runsKept + 5; day++)
    await record(runOf(day, { outcome: 'failed', error: 'no network' }));
  await record(runOf(runsKept + 5, { outcome: 'failed', error: 'no network' }));
  await record(runOf(3, { agent: 'desk' }));
  await record(runOf(4), 'bob');
  const runs = await reports.runs({ repository: 'home', agent: 'laptop', limit: 1000 });
  const ofAnn = runs.filter(({ user }) => user === 'ann');
  assert.equal(ofAnn.length, runsKept);
  assert.equal(ofAnn[0]?.beganMs, startMs + (runsKept + 5) * dayMs);
  await reports.close();

  const again = await openReports(t, directory);
  const listed = await again.reports.list('home');
  assert.deepEqual(
    listed.map(({ agent, user, lastSuccessMs, lastRun }) => [agent, user, lastSuccessMs, lastRun.outcome]),
    [
      ['desk', 'ann', runOf(3).endedMs, 'done'],
      ['laptop', 'ann', runOf(0).endedMs, 'failed'],
      ['laptop', 'bob', runOf(4).endedMs, 'done'],
    ],
  );
  assert.match(String(again.gauge('last_success')), /^\d+/, 'monitoring knows of it behind a restart');
});

test('services on one database keep apart what repositories of one name have, and what was nobody’s is the first one’s', async (t) => {
  const sqlUrl = `file:${await temporaryDirectory(t)}/shared.sqlite`;
  const first = await openSql(firstAgentStore, { url: sqlUrl, world: realWorld() });
  const report = JSON.stringify(runOf(1));
  const row = { repository: 'home', user: 'ann', agent: 'laptop', last_began_ms: runOf(1).beganMs };
  await first.write('addAgent', { ...row, last_success_ms: runOf(1).endedMs, last_report: report });
  await first.close();
  const folders = [await temporaryDirectory(t), await temporaryDirectory(t)] as const;
  const agentsIn = async (folder: string, run?: RunReport) => {
    const { reports, record, gauge } = await openReports(t, folder, sqlUrl);
    if (run !== undefined) await record(run);
    const agents = (await reports.list('home')).map(({ agent }) => agent);
    const isTold = gauge('last_success') !== undefined;
    await reports.close();
    return { agents, isTold };
  };
  assert.deepEqual(await agentsIn(folders[0]), { agents: ['laptop'], isTold: true });
  assert.deepEqual(await agentsIn(folders[1]), { agents: [], isTold: false });
  assert.deepEqual((await agentsIn(folders[1], runOf(1, { agent: 'desk' }))).agents, ['desk']);
  assert.deepEqual((await agentsIn(folders[0])).agents, ['laptop']);
});

test('one that comes late is not the last, and a clock that is ahead hides nothing', async (t) => {
  const { reports, record, clock, gauge } = await openReports(t, await temporaryDirectory(t));
  await record(runOf(5));
  await record(runOf(4, { outcome: 'failed', error: 'late' }));
  assert.equal((await reports.list('home'))[0]?.lastRun.beganMs, runOf(5).beganMs);
  await record(runOf(5000));
  assert.equal((await reports.list('home'))[0]?.lastSuccessMs, clock.ms);
  assert.equal(gauge('last_success'), String(clock.ms / 1000));
  assert.equal(gauge('last_run'), String(clock.ms / 1000));
  clock.ms += 1;
  const failed = runOf(201, { outcome: 'failed', error: 'its clock is right again' });
  clock.ms = failed.endedMs;
  await record(failed);
  assert.equal((await reports.list('home'))[0]?.lastRun.error, failed.error);
});

test('an agent is late when an hour has passed since its next run was due', async (t) => {
  const { reports, record, clock } = await openReports(t, await temporaryDirectory(t));
  await record(runOf(1));
  const late = async () => (await reports.list('home'))[0]?.late;
  clock.ms = runOf(1).nextMs! + lateAfterMs;
  assert.equal(await late(), false);
  clock.ms += 1;
  assert.equal(await late(), true);
  await record(runOf(2, { nextMs: null }));
  assert.equal(await late(), false, 'there is no next run');
});

test('agents are bounded in number, and make room when they are removed, also in metrics', async (t) => {
  const { reports, record, gauge } = await openReports(t, await temporaryDirectory(t));
  for (let agent = 0; agent < agentsMax; agent++) await record(runOf(1, { agent: `${agent}` }));
  await assert.rejects(record(runOf(1)), isBackupError('quota-exceeded', /1000 agents/));
  await record(runOf(2, { agent: '7' }));
  assert.equal(await reports.remove('home', '7'), true);
  assert.equal(await reports.remove('home', '7'), false);
  await record(runOf(1));
  await reports.removeAll('home');
  assert.deepEqual(await reports.list('home'), []);
  assert.equal(gauge('last_success'), 'NaN');
});

test('who may only append reports, and sees nothing of others; names that are none are refused', async (t) => {
  const service = await startTestService(t);
  await (await service.open('home')).put('config', Buffer.from('x'));
  const appending = ['backup:GetObject', 'backup:ListObjects', 'backup:AppendObject'];
  const credentials = await service.user('ann', appending);
  const open = async (
    some: { readonly accessKeyId: string; readonly secretAccessKey: string },
    name = 'home',
  ) => {
    const administration = await openServiceAdministration({
      url: service.url(name),
      world: realWorld(),
      credentials: some,
    });
    t.after(() => administration.close());
    return administration;
  };
  const ann = await open(credentials);
  await ann.reportRun(runOf(0));
  await ann.reportRun(runOf(0));
  await assert.rejects(ann.agents(), isBackupError('denied'));
  await assert.rejects(ann.removeAgent('laptop'), isBackupError('denied'));
  await assert.rejects(ann.removeRepository('home'), isBackupError('denied'));
  await assert.rejects(ann.usage(), isBackupError('denied'));
  for (const agent of ['', 'a/b', 'a\n', 'x'.repeat(65)])
    await assert.rejects(ann.reportRun(runOf(0, { agent })), isBackupError('invalid-argument'), agent);
  const admin = await open(root);
  const [status, ...others] = await admin.agents();
  assert.deepEqual([status?.agent, status?.user, others], ['laptop', 'ann', []]);
  assert.equal((await admin.runs('laptop')).length, 1);
  await admin.removeAgent('laptop');
  assert.deepEqual(await admin.agents(), []);
  const nowhere = await open(root, 'nowhere');
  await assert.rejects(nowhere.reportRun(runOf(0)), isBackupError('no-repository'));
});

test('a report waits for a service that is started anew', async (t) => {
  const data = await temporaryDirectory(t);
  const before = await startTestService(t, { data });
  await (await before.open('home')).put('config', Buffer.from('x'));
  const port = Number(new URL(before.origin).port);
  await before.service.stop();
  const options = { url: before.url('home'), world: realWorld(), credentials: root };
  const administration = await openServiceAdministration(options);
  t.after(() => administration.close());
  const reporting = administration.reportRun(runOf(0));
  await startTestService(t, { data, port });
  await reporting;
  assert.equal((await administration.agents()).length, 1);
});
