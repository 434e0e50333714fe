// Limits of Node alone: an HTTP server that reads a POST, a socket that receives frames, one that appends them to a file.

import { fileURLToPath } from 'node:url';
import { type ServerProcess, startServer } from '@cairn/bench';
import { eachFrame, framed } from '../load/framed.ts';
import type { MessageServer, Server, ServerKind } from './server.ts';
import { makeFolder, removeFolder } from './temporary-folder.ts';

export type HttpServer = Server & { readonly port: number };

const version = async () => process.version;

/** Reads the body and answers two words. */
export const barePost: ServerKind<HttpServer> = {
  ...{ name: 'node:http POST', version },
  start: async () => {
    const child = await startProgram('bare-http-program.ts', []);
    return { ...serverOf(child), port: Number(child.readyMatch[1]) };
  },
};

/** Frames with a length in front, of as many bytes as a request's messages together. */
export const rawFrames: ServerKind<MessageServer> = {
  ...{ name: 'raw TCP', version },
  start: async () => frameSink(await startProgram('frame-sink-program.ts', [])),
};

export const appendLoop: ServerKind<MessageServer> = {
  ...{ name: 'append loop', version },
  start: async () => {
    const directory = await makeFolder('append');
    const server = frameSink(await startProgram('frame-sink-program.ts', [directory]));
    return { ...server, stop: () => server.stop().then(() => removeFolder(directory)) };
  },
};

function frameSink(child: ServerProcess): MessageServer {
  const port = Number(child.readyMatch[1]);
  return {
    ...serverOf(child),
    publishing: async ({ messageBytes, batch }) => {
      const frame = framed(Buffer.alloc(messageBytes * batch, 'x'));
      return {
        ...{ port, messages: batch },
        request: () => frame,
        acknowledged: () => {
          let frames = 0;
          const take = eachFrame(() => frames++);
          return (bytes) => {
            frames = 0;
            take(bytes);
            return frames * batch;
          };
        },
      };
    },
  };
}

function startProgram(name: string, args: readonly string[]): Promise<ServerProcess> {
  const program = fileURLToPath(new URL(`./${name}`, import.meta.url));
  return startServer({ command: process.execPath, args: [program, ...args], ready: /^listening (\d+)/ });
}

function serverOf(child: ServerProcess): Server {
  return { cpuSeconds: () => child.cpuSeconds(), stop: () => child.stop() };
}
