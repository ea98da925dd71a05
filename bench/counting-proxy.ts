import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it came by: the operation's name, and its JSON. */
export interface SeenRequest {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A proxy before an engine that keeps what passes. */
export interface CountingProxy {
  readonly endpoint: string;
  /** What passed since the last call. */
  take(): readonly SeenRequest[];
  close(): Promise<void>;
}

/** Passes every request on to `target`. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  let seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    pass(request, response, target, seen).catch((error: unknown) => {
      response.writeHead(502).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  seen: SeenRequest[],
): Promise<void> {
  const body = await buffer(request);
  const { host, connection, 'content-length': length, ...headers } = request.headers;
  const [, operation = ''] = String(headers['x-amz-target']).split('.');
  seen.push({ operation, input: JSON.parse(body.toString()) });
  const answer = await fetch(new URL(request.url ?? '/', target), {
    method: 'POST',
    headers: headers as Record<string, string>,
    body: new Uint8Array(body),
  });
  const type = answer.headers.get('content-type') ?? 'application/x-amz-json-1.0';
  response.writeHead(answer.status, { 'content-type': type }).end(await answer.text());
}
