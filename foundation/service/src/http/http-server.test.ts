// The server over real sockets: what a client sees at each turn that a connection can take.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { connect as netConnect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { SeededRandom } from '@cairn/world/simulated';
import { answer, readAll, startHttpServer } from '../../test/start-http-server.ts';
import type { Exchange } from './exchange.ts';
import { drainBytesMax, sharedSendBytes, slabBytes, smallChunkBytes, smallPieceBytesMax } from './limits.ts';
import { HttpProblem } from './message/http-problem.ts';

async function connect(t: TestContext, port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  t.after(() => client.close());
  return client;
}

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
const put = (target: string, length: number, more = '') =>
  `PUT ${target} HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n${more}\r\n`;
const echoTarget = (exchange: Exchange) => answer(exchange, exchange.head.target);

test('an answer has its length, its date, and says what becomes of the connection', async (t) => {
  const { port } = await startHttpServer(t, echoTarget);
  const client = await connect(t, port);
  client.send(get('/k?x'));
  const { status, headers, body } = await client.response();
  assert.deepEqual([status, body.toString()], [200, '/k?x']);
  const { date, ...others } = headers;
  const connection = { connection: 'keep-alive', 'keep-alive': 'timeout=60' };
  assert.deepEqual(others, { 'content-length': '4', server: 'Test', ...connection });
  assert(Math.abs(Date.parse(date ?? '') - Date.now()) < 60_000);
});

test('pipelined requests are served one at a time, in order', async (t) => {
  let served = 0;
  const { port } = await startHttpServer(t, async (exchange) => {
    assert.equal(++served, 1, 'one at a time');
    const text = await readAll(exchange);
    await new Promise((resolve) => setImmediate(resolve));
    served--;
    answer(exchange, `${exchange.head.target} ${text}`);
  });
  const client = await connect(t, port);
  client.send(`${get('/1')}${put('/2', 5)}hello${get('/3')}${put('/4', 2)}ab\r\n${get('/5')}`);
  for (const expected of ['/1 ', '/2 hello', '/3 ', '/4 ab', '/5 ']) {
    assert.equal((await client.response()).body.toString(), expected);
  }
});

test('regression: the memory of a body that is forgotten serves others while its request waits for an answer', async (t) => {
  // A thousand receivers that wait for messages held a chunk of 64 KiB each.
  const bytes = smallPieceBytesMax / 2;
  const count = (8 * smallChunkBytes) / bytes;
  const waiting: Exchange[] = [];
  const memories = new Set<ArrayBufferLike>();
  const { port } = await startHttpServer(t, async (exchange) => {
    for (let piece = await exchange.body.read(); piece !== undefined; piece = await exchange.body.read())
      memories.add(piece.buffer);
    exchange.forgetBody();
    waiting.push(exchange);
    if (waiting.length === count) for (const each of waiting.splice(0)) echoTarget(each);
  });
  const body = 'x'.repeat(bytes);
  const clients = await Promise.all(Array.from({ length: count }, () => connect(t, port)));
  for (const round of ['/1', '/2']) {
    for (const client of clients) client.send(`${put(round, body.length)}${body}`);
    for (const client of clients) assert.equal((await client.response()).body.toString(), round);
  }
  assert(memories.size < 4, `${memories.size} pieces of memory`);
});

test('what an answer is sent from may change when it is said to, however long its head is', async (t) => {
  const lentBytes = 16 * 1024;
  const said = { atOnce: 0, later: 0 };
  // More than the kernel holds.
  const count = 480;
  const { port } = await startHttpServer(t, async (exchange) => {
    const number = Number(exchange.head.target.slice(1));
    for (let field = 0; field < (number % 2) * 8; field++) exchange.addField(`x-${field}`, 'v'.repeat(8_000));
    const bytes = Buffer.alloc(lentBytes, number);
    if (exchange.send(200, bytes)) said.atOnce++;
    else {
      await exchange.whenTaken();
      said.later++;
    }
    bytes.fill(255);
  });
  const client = await connect(t, port);
  client.socket.pause();
  client.send(Array.from({ length: count }, (_, number) => get(`/${number % 240}`)).join(''));
  await new Promise((resolve) => setTimeout(resolve, 100));
  client.socket.resume();
  for (let number = 0; number < count; number++) {
    const { body } = await client.response();
    assert(body.equals(Buffer.alloc(lentBytes, number % 240)), `answer ${number}`);
  }
  assert(said.atOnce >= count / 2 && said.later > 0, JSON.stringify(said));
});

test('requests wait while the client does not take their answers', async (t) => {
  let served = 0;
  const { port } = await startHttpServer(t, (exchange) => {
    served++;
    exchange.send(200, Buffer.alloc(sharedSendBytes / 2));
  });
  const client = await connect(t, port);
  const other = await connect(t, port);
  client.socket.pause();
  const count = 2_000;
  client.send(get('/').repeat(count));
  // As soon as nothing moves any more: what the kernel holds is less than all.
  for (let before = -1; served !== before; await new Promise((resolve) => setTimeout(resolve, 50)))
    before = served;
  assert(served < count, 'all were served though nobody takes the answers');
  other.send(get('/'));
  assert.equal((await other.response()).status, 200, 'others are served meanwhile');
  client.socket.resume();
  for (let index = 0; index < count; index++)
    assert.equal((await client.response()).body.length, sharedSendBytes / 2);
});

test('answers that have no body have none, and the next one follows', async (t) => {
  const { port } = await startHttpServer(t, (exchange) =>
    answer(exchange, 'text', Number(exchange.head.target.slice(1))),
  );
  const client = await connect(t, port);
  for (const status of [204, 304]) {
    client.send(get(`/${status}`));
    const { headers } = await client.response();
    assert.equal(headers['content-length'], undefined);
  }
  client.send('HEAD /200 HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.equal((await client.response({ withoutBody: true })).headers['content-length'], '4');
  client.send(get('/200'));
  assert.equal((await client.response()).body.toString(), 'text');
});

test('a connection ends with the request that says so, or that is of HTTP/1.0', async (t) => {
  const { port } = await startHttpServer(t, echoTarget);
  for (const request of [get('/k', 'connection: close\r\n'), 'GET /k HTTP/1.0\r\n\r\n']) {
    const client = await connect(t, port);
    client.send(`${request}${get('/never')}`);
    const answers = (await client.rest()).toString();
    assert.match(answers, /^HTTP\/1.1 200 OK\r\n.*connection: close\r\n\r\n\/k$/s);
  }
  const client = await connect(t, port);
  client.send('GET /k HTTP/1.0\r\nconnection: keep-alive\r\n\r\n');
  assert.equal((await client.response()).headers.connection, 'keep-alive');
});

test('a client that closes its half gets every answer that it asked for', async (t) => {
  const { port } = await startHttpServer(t, async (exchange) => {
    await new Promise((resolve) => setImmediate(resolve));
    echoTarget(exchange);
  });
  const client = await connect(t, port);
  client.send(`${get('/1')}${get('/2')}`);
  client.socket.end();
  assert.equal((await client.response()).body.toString(), '/1');
  const last = await client.response();
  assert.deepEqual([last.body.toString(), last.headers.connection], ['/2', 'close']);
  assert.equal((await client.rest()).length, 0);
});

test('who serves for long is told that the client left, by its half or all of it', async (t) => {
  const leaving: (() => void)[] = [];
  const { port } = await startHttpServer(t, async (exchange) => {
    const { left } = exchange;
    const wasThere = !left.aborted;
    leaving.shift()!();
    if (wasThere) await once(left, 'abort');
    answer(exchange, 'goodbye');
  });
  const half = await connect(t, port);
  leaving.push(() => half.socket.end());
  half.send(get('/'));
  assert.equal((await half.response()).body.toString(), 'goodbye');
  const all = await connect(t, port);
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  leaving.push(() => {
    all.socket.resetAndDestroy();
    resolve();
  });
  all.send(get('/'));
  await gone;
  const before = await connect(t, port);
  leaving.push(() => {});
  before.send(get('/'));
  before.socket.end();
  assert.equal((await before.response()).body.toString(), 'goodbye');
});

test('a client that closes its half in a head is told', async (t) => {
  const { port } = await startHttpServer(t, echoTarget);
  const client = await connect(t, port);
  client.send('GET / HTTP/1.1\r\nhost');
  client.socket.end();
  assert.match((await client.rest()).toString(), /^HTTP\/1.1 400 .*incomplete\n$/s);
});

test('what is no HTTP is answered behind the answers before it, and closed', async (t) => {
  const { port } = await startHttpServer(t, echoTarget);
  const client = await connect(t, port);
  client.send(`${get('/1')}nonsense\r\n\r\n${get('/2')}`);
  const answers = (await client.rest()).toString();
  assert.match(answers, /^HTTP\/1.1 200 .*\/1HTTP\/1.1 400 .*connection: close\r\n\r\nmalformed\n$/s);
});

test('a head that does not come in time is answered 408, and one that never begins is not', async (t) => {
  const { port } = await startHttpServer(t, echoTarget, {
    limits: { headTimeoutMs: 100, keepAliveTimeoutMs: 100 },
  });
  const slow = await connect(t, port);
  slow.send('GET / HTTP/1.1\r\nhost: a\r\nx-slow: ');
  assert.match((await slow.rest()).toString(), /^HTTP\/1.1 408 .*timeout\n$/s);
  const silent = await connect(t, port);
  assert.equal((await silent.rest()).length, 0);
  const kept = await connect(t, port);
  kept.send(get('/k'));
  assert.equal((await kept.response()).status, 200);
  assert.equal((await kept.rest()).length, 0);
});

test('a head that comes byte by byte has one time limit', async (t) => {
  const { port } = await startHttpServer(t, echoTarget, { limits: { headTimeoutMs: 100 } });
  const client = await connect(t, port);
  const drip = setInterval(() => client.send('x'), 10);
  t.after(() => clearInterval(drip));
  client.send('GET / HTTP/1.1\r\nhost: a\r\nx-slow: ');
  assert.match((await client.rest()).toString(), /^HTTP\/1.1 408 /);
});

test('a body is asked for when it is read, unless it comes anyway', async (t) => {
  const { port } = await startHttpServer(t, async (exchange) =>
    answer(exchange, String(await readAll(exchange))),
  );
  const client = await connect(t, port);
  const head = put('/k', 5, 'expect: 100-continue\r\n');
  client.send(head);
  assert.equal((await client.response()).status, 100);
  client.send('hello');
  assert.equal((await client.response()).body.toString(), 'hello');
  client.send(`${head}hello`);
  assert.equal((await client.response()).status, 200);
});

test('a body that nobody reads is thrown away when it is small, and ends the connection when it is not', async (t) => {
  const { port } = await startHttpServer(t, echoTarget);
  const client = await connect(t, port);
  client.send(put('/1', drainBytesMax));
  assert.equal((await client.response()).headers.connection, 'keep-alive');
  client.send(Buffer.alloc(drainBytesMax));
  client.send(put('/2', drainBytesMax + 1));
  assert.equal((await client.response()).headers.connection, 'close');
  const other = await connect(t, port);
  other.send('PUT /3 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
  assert.equal((await other.response()).headers.connection, 'close');
  const expecting = await connect(t, port);
  expecting.send(put('/4', 5, 'expect: 100-continue\r\n'));
  assert.equal((await expecting.response()).headers.connection, 'close');
});

test('a body that is thrown away has one time limit, however it drips', async (t) => {
  const { port } = await startHttpServer(t, echoTarget, { limits: { idleTimeoutMs: 100 } });
  const client = await connect(t, port);
  client.send(put('/1', 1_000));
  assert.equal((await client.response()).status, 200);
  const drip = setInterval(() => client.send('x'), 10);
  t.after(() => clearInterval(drip));
  await client.rest();
});

test('who reads a body is told that it broke off, stalled, or is in wrong chunks', async (t) => {
  const { port } = await startHttpServer(
    t,
    async (exchange) => {
      const problem = await readAll(exchange).catch((error: unknown) => error);
      assert(problem instanceof HttpProblem);
      answer(exchange, problem.kind, 400);
    },
    { limits: { idleTimeoutMs: 100 } },
  );
  const outcome = async (text: string, { ends }: { ends: boolean }) => {
    const client = await connect(t, port);
    client.send(text);
    if (ends) client.socket.end();
    const { body, headers } = await client.response();
    assert.deepEqual([headers.connection, (await client.rest()).length], ['close', 0]);
    return body.toString();
  };
  const chunked = 'PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n';
  assert.equal(await outcome(`${put('/', 5)}hell`, { ends: true }), 'incomplete');
  assert.equal(await outcome(`${put('/', 5)}hell`, { ends: false }), 'timeout');
  assert.equal(await outcome(`${chunked}5\r\nhello`, { ends: true }), 'incomplete');
  assert.equal(await outcome(`${chunked}5\r\nhello\n`, { ends: false }), 'malformed');
  assert.equal(await outcome(`${chunked}x\r\n${get('/smuggled')}`, { ends: false }), 'malformed');
});

test('large bodies arrive whole while others are refused, into memory that is used again', async (t) => {
  const { port } = await startHttpServer(t, async (exchange) => {
    if (exchange.head.target === '/refused') {
      await exchange.body.read();
      return answer(exchange, 'no', 403);
    }
    // As a store does: what came is looked at when all has come.
    answer(exchange, hash('sha256', await readAll(exchange)));
  });
  const random = new SeededRandom(1);
  const uploads = Array.from({ length: 6 }, async (_, index) => {
    const body = random.bytes(3 * slabBytes + 1_000 * index);
    for (let round = 0; round < 8; round++) {
      const refused = await connect(t, port);
      refused.send(put('/refused', 10 * slabBytes));
      refused.send(Buffer.alloc(2 * slabBytes, '!'));
      const client = await connect(t, port);
      client.send(put('/taken', body.length));
      client.send(body);
      assert.equal((await client.response()).body.toString(), hash('sha256', body));
      assert.equal((await refused.response()).status, 403);
    }
  });
  await Promise.all(uploads);
});

test('content goes out as the client takes it, from one buffer', async (t) => {
  const chunk = Buffer.alloc(64 * 1024);
  const chunks = 200;
  const behind = Promise.withResolvers<void>();
  const { port } = await startHttpServer(t, async (exchange) => {
    exchange.begin(200, chunks * chunk.length);
    for (let index = 0; index < chunks; index++) {
      const taken = exchange.write(chunk.fill(index));
      if (taken !== undefined) behind.resolve();
      await taken;
    }
    exchange.end();
  });
  const socket = netConnect({ port, host: '127.0.0.1' });
  socket.write(get('/', 'connection: close\r\n'));
  await behind.promise;
  const pieces: Buffer[] = [];
  for await (const piece of socket as AsyncIterable<Buffer>) pieces.push(piece);
  const received = Buffer.concat(pieces);
  const body = received.subarray(received.indexOf('\r\n\r\n') + 4);
  assert.equal(body.length, chunks * chunk.length);
  for (let index = 0; index < chunks; index++) {
    const part = body.subarray(index * chunk.length, (index + 1) * chunk.length);
    assert(part.equals(chunk.fill(index)), `chunk ${index}`);
  }
});

test('a client that takes nothing is cut, and whoever writes to it is told', async (t) => {
  const failure = Promise.withResolvers<unknown>();
  const { port } = await startHttpServer(
    t,
    async (exchange) => {
      exchange.begin(200, Number.MAX_SAFE_INTEGER);
      try {
        for (;;) await exchange.write(Buffer.alloc(1024 * 1024));
      } catch (error) {
        failure.resolve(error);
      }
    },
    { limits: { idleTimeoutMs: 100 } },
  );
  const client = await connect(t, port);
  client.socket.pause();
  client.send(get('/'));
  assert.match(String(await failure.promise), /Error/);
});

test('an answer is neither longer nor shorter than it says, and one header is one header', async (t) => {
  const problems: unknown[] = [];
  const { port } = await startHttpServer(t, (exchange) => {
    assert.throws(() => exchange.addField('x-a', 'a\r\nset-cookie: b'), /cannot hold/);
    assert.throws(() => exchange.addField('x-a', 'a\u010ab'), /cannot hold/);
    assert.throws(() => exchange.addField('x-a: b\r\nx', 'a'), /cannot be called/);
    exchange.begin(200, 2);
    if (exchange.head.target === '/long') return void exchange.write(Buffer.from('abc'));
    void exchange.write(Buffer.from('a'));
    exchange.end();
  });
  for (const target of ['/long', '/short']) {
    const client = await connect(t, port);
    client.send(get(target));
    problems.push((await client.rest()).toString().split('\r\n\r\n')[1] ?? '');
  }
  assert.deepEqual(problems, ['', 'a']);
});

test('closing ends connections without a request at once and lets the others finish', async (t) => {
  const arrived = Promise.withResolvers<Exchange>();
  const { port, server } = await startHttpServer(t, (exchange) => arrived.resolve(exchange));
  const [untouched, partly, serving] = [
    await connect(t, port),
    await connect(t, port),
    await connect(t, port),
  ];
  partly.send('GET / HTTP/1.1\r\nhost: a\r\n');
  serving.send(`${get('/k')}${get('/never')}`);
  const exchange = await arrived.promise;
  let closed = false;
  const closing = server.close(new AbortController().signal).then(() => {
    closed = true;
  });
  assert.deepEqual([(await untouched.rest()).length, (await partly.rest()).length], [0, 0]);
  assert.equal(closed, false);
  echoTarget(exchange);
  assert.match((await serving.rest()).toString(), /connection: close\r\n\r\n\/k$/);
  await closing;
  await assert.rejects(RawClient.connect(port), { code: 'ECONNREFUSED' });
});

test('what is served when the deadline of closing comes is cut', async (t) => {
  const arrived = Promise.withResolvers<Exchange>();
  const { port, server } = await startHttpServer(t, (exchange) => arrived.resolve(exchange));
  const client = await connect(t, port);
  client.send(get('/k'));
  const exchange = await arrived.promise;
  const deadline = new AbortController();
  const closing = server.close(deadline.signal);
  deadline.abort();
  await closing;
  assert.equal((await client.rest()).length, 0);
  assert(exchange.gone);
  answer(exchange, 'to nobody');
});

test('a thousand connections are served', async (t) => {
  const { port } = await startHttpServer(t, echoTarget);
  const clients = await Promise.all(Array.from({ length: 1_000 }, () => connect(t, port)));
  for (const client of clients) client.send(get('/k'));
  for (const client of clients) assert.equal((await client.response()).body.toString(), '/k');
  const first = clients[0]!;
  first.socket.end();
  await once(first.socket, 'close');
});
