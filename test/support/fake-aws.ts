import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Clients, createClients } from '../../lib/aws/index.ts';

/** An entry of `SendMessageBatch`. */
export interface EntryInput {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageDeduplicationId?: string;
}

interface KeysInput {
  readonly Keys: readonly { readonly id: { readonly S: string } }[];
  readonly ConsistentRead?: boolean;
}

/** What the tests look at in the inputs of the operations that we call. */
export interface AwsInput {
  readonly MessageBody?: string;
  readonly Entries?: readonly EntryInput[];
  readonly RequestItems?: Readonly<Record<string, KeysInput>>;
  readonly TableName?: string;
  readonly Key?: object;
  readonly ConditionExpression?: string;
}

/** One request as it came in. */
export interface AwsRequest {
  /** `SendMessage`, `UpdateItem` ... */
  readonly operation: string;
  readonly input: AwsInput;
}

/** What a script answers: the operation's output, an error, or nothing because the connection breaks. */
export type AwsAnswer = object | AwsFault | typeof lostAnswer;

/** The request may have taken effect; its answer never comes. */
export const lostAnswer: unique symbol = Symbol('lost answer');

/** An error as AWS answers it. */
export class AwsFault {
  readonly name: string;
  readonly fields: object;
  readonly status: number;

  constructor(name: string, fields: object = {}, status = 400) {
    this.name = name;
    this.fields = fields;
    this.status = status;
  }
}

/** Throttling, as each of the two services words it. */
export const throttled: AwsFault = new AwsFault('ThrottlingException');

export interface FakeAws extends Clients, AsyncDisposable {
  readonly endpoint: string;
  readonly requests: readonly AwsRequest[];
  /** How many requests were under way at once, at most. */
  readonly mostAtOnce: () => number;
}

/** An HTTP server that answers AWS's JSON protocols by a script, and the real clients pointed at it. */
export async function startFakeAws(
  script: (request: AwsRequest, count: number) => AwsAnswer | Promise<AwsAnswer>,
): Promise<FakeAws> {
  const requests: AwsRequest[] = [];
  let [underWay, most] = [0, 0];
  const server = createServer(async (incoming, response) => {
    most = Math.max(most, ++underWay);
    const request = await readRequest(incoming);
    requests.push(request);
    reply(response, await script(request, requests.length));
    underWay -= 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  const clients = createClients({ region: 'us-east-1', endpoint });
  return {
    ...clients,
    endpoint,
    requests,
    mostAtOnce: () => most,
    async [Symbol.asyncDispose]() {
      clients.sqs.destroy();
      clients.dynamodb.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<AwsRequest> {
  const [, operation = ''] = String(incoming.headers['x-amz-target']).split('.');
  return { operation, input: JSON.parse(String(await buffer(incoming))) };
}

function reply(response: ServerResponse, answer: AwsAnswer): void {
  if (answer === lostAnswer) {
    response.destroy();
    return;
  }
  const fault = answer instanceof AwsFault;
  const status = fault ? answer.status : 200;
  const body = fault ? { __type: answer.name, message: 'by script', ...answer.fields } : answer;
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
}

/** What SQS answers when it takes everything. */
export function taken({ input }: AwsRequest): object {
  return input.Entries
    ? { Successful: input.Entries.map(takenEntry) }
    : receiptOf(input.MessageBody ?? '');
}

/** One entry of the answer to a batch. */
export function takenEntry({ Id, MessageBody }: EntryInput): object {
  return { Id, ...receiptOf(MessageBody) };
}

function receiptOf(body: string): object {
  return {
    MessageId: randomUUID(),
    MD5OfMessageBody: createHash('md5').update(body).digest('hex'),
  };
}
