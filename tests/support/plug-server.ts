/** A device in the network: HTTP on this computer, and bytes that are no HTTP at all. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";

export type Reply = (request: IncomingMessage, response: ServerResponse) => void;

export type PlugServer = {
  /** HOST:PORT */
  readonly host: string;
  /** what was asked for, in order */
  readonly asked: string[];
  close: () => void;
};

const LOCAL = "127.0.0.1";

export async function plugServer(reply: Reply): Promise<PlugServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    reply(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { host: `${LOCAL}:${port}`, asked, close };
}

/** JSON for some paths, 404 for all others. */
export const answering =
  (answers: Readonly<Record<string, unknown>>): Reply =>
  ({ url = "" }, response) => {
    const known = Object.hasOwn(answers, url);
    response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
    const answer = known ? answers[url] : { code: 404, message: "No handler" };
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  };

/** What speaks no HTTP. */
export async function rawServer(speak: (socket: Socket) => void): Promise<PlugServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { host: `${LOCAL}:${port}`, asked: [], close };
}
