import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** What is wrong with a service for a while. */
export type Fault =
  /** It refuses because of too many requests. */
  | 'throttled'
  /** It answers 503. */
  | 'unavailable'
  /** Connections break before it has the request. */
  | 'away'
  /** Requests take effect, but connections break before the answer. */
  | 'silent';

export type Service = 'SQS' | 'DynamoDB';

/** A proxy in front of an engine that can make each service fail, and mend it. */
export interface UnsteadyAws {
  readonly endpoint: string;
  /** How many requests have failed so far. */
  failures(): number;
  break(services: readonly Service[], fault: Fault): void;
  mend(): void;
  close(): Promise<void>;
}

export async function startUnsteadyAws(engine: string): Promise<UnsteadyAws> {
  const faults = new Map<Service, Fault>();
  let failures = 0;
  const server = createServer((incoming, response) => {
    const service = serviceOf(incoming);
    const fault = faults.get(service);
    if (fault !== undefined) failures++;
    answer(incoming, response, engine, fault).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures: () => failures,
    break(services, fault) {
      for (const service of services) faults.set(service, fault);
    },
    mend: () => faults.clear(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function serviceOf({ headers }: IncomingMessage): Service {
  return String(headers['x-amz-target']).startsWith('AmazonSQS') ? 'SQS' : 'DynamoDB';
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  engine: string,
  fault: Fault | undefined,
): Promise<void> {
  if (fault === 'away') incoming.socket.destroy();
  else if (fault === 'throttled') refuse(incoming, response, 400, 'ThrottlingException');
  else if (fault === 'unavailable') refuse(incoming, response, 503, 'ServiceUnavailable');
  else await forward(incoming, response, engine, fault === 'silent');
}

function refuse(
  incoming: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
): void {
  incoming.resume();
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: type, message: 'for a while' }));
}

async function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  engine: string,
  silent: boolean,
): Promise<void> {
  const { method, url = '/', headers } = incoming;
  const outgoing = request(new URL(url, engine), { method, headers });
  // A long poll that its caller gave up must not take messages.
  response.on('close', () => outgoing.destroy());
  const [[answered]] = await Promise.all([
    once(outgoing, 'response') as Promise<[IncomingMessage]>,
    pipeline(incoming, outgoing),
  ]);
  if (silent) {
    incoming.socket.destroy();
    return;
  }
  response.writeHead(answered.statusCode ?? 500, answered.headers);
  await pipeline(answered, response);
}
