// The limit of what Node's sockets can do with frames: `node frame-sink-program.ts [DIRECTORY]` receives frames with their
// length in front into one buffer and answers each with an empty one. With a folder it appends them to a file first, by
// one call at a time for all that waits; nothing is synced, checked or read again.

import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

const directory = process.argv[2];
const answer = Buffer.from([0, 0, 0, 0]);
const receiveBytes = 1024 * 1024;
/** As a segment of ours: a file that grew for ever would fill the disk. */
const fileBytesMax = 1024 ** 3;

/** Counts frames by their lengths, without looking at what is in them. */
class FrameCount {
  #head = Buffer.alloc(4);
  #headBytes = 0;
  #left = 0;

  /** Frames that these bytes complete. */
  push(bytes: Buffer): number {
    let frames = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.#left === 0) {
        const taken = bytes.copy(this.#head, this.#headBytes, at, at + 4 - this.#headBytes);
        at += taken;
        this.#headBytes += taken;
        if (this.#headBytes < 4) break;
        this.#headBytes = 0;
        this.#left = this.#head.readInt32BE(0);
      }
      const body = Math.min(this.#left, bytes.length - at);
      this.#left -= body;
      at += body;
      if (this.#left === 0) frames++;
    }
    return frames;
  }
}

class Appends {
  readonly #path: string;
  #file: Awaited<ReturnType<typeof open>> | undefined;
  #position = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async append(bytes: Buffer): Promise<void> {
    if (this.#file === undefined || this.#position > fileBytesMax) {
      await this.#file?.close();
      await rm(this.#path, { force: true });
      this.#file = await open(this.#path, 'w');
      this.#position = 0;
    }
    await this.#file.write(bytes, 0, bytes.length, this.#position);
    this.#position += bytes.length;
  }
}

const appends = directory === undefined ? undefined : new Appends(`${directory}/frames`);

function serve(socket: Socket, count: FrameCount, bytes: Buffer): boolean {
  const frames = count.push(bytes);
  const answerAll = (): void => {
    for (let each = 0; each < frames; each++) socket.write(answer);
  };
  if (appends === undefined) {
    answerAll();
    return true;
  }
  // The buffer is received into again once it is written: until then nothing more is read.
  void appends.append(bytes).then(() => {
    answerAll();
    socket.resume();
  });
  return false;
}

const server = createServer({ noDelay: true, pauseOnConnect: true });
server.on('connection', (plain: Socket) => {
  const count = new FrameCount();
  plain.on('error', () => {});
  plain.on('data', (bytes: Buffer) => {
    if (!serve(plain, count, bytes)) plain.pause();
  });
  plain.resume();
});
server.listen({ port: 0, host: '127.0.0.1', highWaterMark: receiveBytes });
await once(server, 'listening');
const address = server.address();
if (typeof address === 'object') console.log('listening', address?.port);
process.once('SIGTERM', () => process.exit(0));
