import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type AttributeDefinition,
  CreateTableCommand,
  DeleteTableCommand,
  type KeySchemaElement,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateScheduleGroupCommand, DeleteScheduleGroupCommand } from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { type Clients, createClients, LazyScheduler, QueueDirectory } from '../../lib/aws/index.ts';
import { taskItemKey } from '../../lib/protocol/item-keys.ts';
import { firesSchedules } from '../../local/fire-schedules.ts';
import { evenIfAnsweredLate } from './answered-late.ts';

/** Queues and tables of one test file on the engine, and the clients to them. */
export interface AwsFixtures extends Clients {
  /** A new standard and a new FIFO queue: visibility timeout 2 s, dead-lettered at the third receive. */
  createQueues(): Promise<QueuesFixture>;
  /** The file's results table, made on first use. */
  resultTable(): Promise<string>;
  /** The file's state table, made on first use. */
  stateTable(): Promise<string>;
  /** The file's schedule group, made on first use. */
  parking(): Promise<ParkingFixture>;
  /** A whole PutItem, as Celery's backend makes it. */
  putAsPython(taskId: string, document: Uint8Array, item: PythonItem): Promise<void>;
  close(): Promise<void>;
}

export interface QueuesFixture {
  readonly queues: QueueDirectory;
  readonly queue: string;
  readonly fifoQueue: string;
  elapse(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface ParkingFixture {
  readonly scheduler: LazyScheduler;
  readonly group: string;
  readonly roleArn: string;
  readonly region: string;
  /** Waits until what is due in `seconds` has fired: ministack looks every ten. */
  elapse(seconds: number): Promise<void>;
}

interface PythonItem {
  readonly timestamp: string;
  readonly expiresAt?: number;
}

export function openAwsFixtures(): AwsFixtures {
  const clients = createClients();
  const run = randomUUID().slice(0, 8);
  const tables = new Map<string, Promise<string>>();
  const table = (name: string, ...keys: readonly string[]): Promise<string> => {
    const made = tables.get(name) ?? createTable(clients, `${name}-${run}`, keys);
    tables.set(name, made);
    return made;
  };
  const resultTable = () => table('results', 'id');
  let parking: Promise<Parking> | undefined;
  return {
    ...clients,
    resultTable,
    stateTable: () => table('state', 'pk', 'sk'),
    createQueues: () => createQueues(clients),
    parking: () => {
      parking ??= openParking(`parked-${run}`);
      return parking;
    },
    putAsPython: async (taskId, document, item) =>
      putAsPython(clients, await resultTable(), taskId, document, item),
    async close() {
      await (await parking)?.close();
      for (const name of await Promise.all(tables.values())) {
        const deletion = clients.dynamodb.send(new DeleteTableCommand({ TableName: name }));
        await evenIfAnsweredLate(deletion, 'ResourceNotFoundException');
      }
      clients.sqs.destroy();
      clients.dynamodb.destroy();
    },
  };
}

interface Parking extends ParkingFixture {
  close(): Promise<void>;
}

async function openParking(group: string): Promise<Parking> {
  const endpoint = process.env.AWS_ENDPOINT_URL ?? '';
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const scheduler = new LazyScheduler(region);
  const { client } = await scheduler.load();
  const creation = client.send(new CreateScheduleGroupCommand({ Name: group }));
  await evenIfAnsweredLate(creation, 'ConflictException');
  const fires = await firesSchedules(endpoint);
  return {
    scheduler,
    group,
    region,
    roleArn: 'arn:aws:iam::000000000000:role/parked',
    elapse: (seconds) => wait((seconds + (fires ? 11 : 2)) * 1000),
    async close() {
      const deletion = client.send(new DeleteScheduleGroupCommand({ Name: group }));
      await evenIfAnsweredLate(deletion, 'ResourceNotFoundException');
      await scheduler.destroy();
    },
  };
}

async function createTable(
  { dynamodb }: Clients,
  name: string,
  keys: readonly string[],
): Promise<string> {
  const AttributeDefinitions = keys.map(
    (key): AttributeDefinition => ({ AttributeName: key, AttributeType: 'S' }),
  );
  const KeySchema = keys.map(
    (key, index): KeySchemaElement => ({
      AttributeName: key,
      KeyType: index === 0 ? 'HASH' : 'RANGE',
    }),
  );
  const creation = new CreateTableCommand({
    TableName: name,
    AttributeDefinitions,
    KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
  });
  await evenIfAnsweredLate(dynamodb.send(creation), 'ResourceInUseException');
  await waitUntilTableExists(
    { client: dynamodb, maxWaitTime: 30, minDelay: 1 },
    { TableName: name },
  );
  return name;
}

async function createQueues(clients: Clients): Promise<QueuesFixture> {
  const run = randomUUID().slice(0, 8);
  const names = { queue: `mail-${run}`, fifoQueue: `orders-${run}.fifo` };
  const [dead, deadFifo] = await Promise.all([
    createQueue(clients, `mail-dead-${run}`),
    createQueue(clients, `orders-dead-${run}.fifo`),
  ]);
  const [queue, fifoQueue] = await Promise.all([
    createQueue(clients, names.queue, await redriveTo(clients, dead)),
    createQueue(clients, names.fifoQueue, await redriveTo(clients, deadFifo)),
  ]);
  return {
    ...names,
    queues: new QueueDirectory({
      queues: new Map([
        [names.queue, queue],
        [names.fifoQueue, fifoQueue],
      ]),
      deadLetterQueues: new Map([
        [names.queue, dead],
        [names.fifoQueue, deadFifo],
      ]),
    }),
    elapse: (seconds) => wait(seconds * 1000),
    async close() {
      const urls = [queue, fifoQueue, dead, deadFifo];
      await Promise.all(
        urls.map((url) =>
          evenIfAnsweredLate(
            clients.sqs.send(new DeleteQueueCommand({ QueueUrl: url })),
            'QueueDoesNotExist',
          ),
        ),
      );
    },
  };
}

async function createQueue(
  { sqs }: Clients,
  name: string,
  attributes: Record<string, string> = {},
): Promise<string> {
  const fifo = name.endsWith('.fifo') && { FifoQueue: 'true' };
  const Attributes = { VisibilityTimeout: '2', ...fifo, ...attributes };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return QueueUrl ?? '';
}

async function redriveTo({ sqs }: Clients, url: string): Promise<Record<string, string>> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  const policy = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 };
  return { RedrivePolicy: JSON.stringify(policy) };
}

async function putAsPython(
  { dynamodb }: Clients,
  table: string,
  taskId: string,
  document: Uint8Array,
  { timestamp, expiresAt }: PythonItem,
): Promise<void> {
  const Item = {
    id: { S: taskItemKey(taskId) },
    result: { B: document },
    timestamp: { N: timestamp },
    ...(expiresAt !== undefined && { ttl: { N: String(expiresAt) } }),
  };
  await dynamodb.send(new PutItemCommand({ TableName: table, Item }));
}
