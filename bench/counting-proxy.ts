import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it came by: the operation's name, and its JSON. */
export interface SeenRequest {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What whoever watches made of it. */
  readonly units?: number;
}

/** Looks at a request that was answered, before its sender hears of it. */
export type WatchRequest = (request: SeenRequest, answer: string) => Promise<number>;

/** A proxy before an engine that keeps what passes. */
export interface CountingProxy {
  readonly endpoint: string;
  /** What passed since the last call. */
  take(): readonly SeenRequest[];
  close(): Promise<void>;
}

/** Passes every request on to `target`. @param watch Answers the `units` of each request. */
export async function startCountingProxy(
  target: string,
  watch?: WatchRequest,
): Promise<CountingProxy> {
  let seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    pass(request, response, target, { seen, watch }).catch((error: unknown) => {
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
  { seen, watch }: { readonly seen: SeenRequest[]; readonly watch: WatchRequest | undefined },
): Promise<void> {
  const body = await buffer(request);
  const { host, connection, 'content-length': length, ...headers } = request.headers;
  const [, operation = ''] = String(headers['x-amz-target']).split('.');
  const came: SeenRequest = { operation, input: JSON.parse(body.toString()) };
  if (!watch) seen.push(came);
  const answer = await fetch(new URL(request.url ?? '/', target), {
    method: 'POST',
    headers: headers as Record<string, string>,
    body: new Uint8Array(body),
  });
  const text = await answer.text();
  if (watch) seen.push({ ...came, units: answer.ok ? await watch(came, text) : 1 });
  const type = answer.headers.get('content-type') ?? 'application/x-amz-json-1.0';
  response.writeHead(answer.status, { 'content-type': type }).end(text);
}
