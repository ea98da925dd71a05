import type { Adapters, Clock, GroupCodec, Random } from '../ports/index.ts';
import { controlQueueUrl, type Endpoints, queueUrls } from '../protocol/endpoints.ts';
import { type Clients, createClients } from './clients.ts';
import { DynamoDBAdmissions } from './dynamodb-admissions.ts';
import { DynamoDBChords } from './dynamodb-chords.ts';
import { DynamoDBGroups } from './dynamodb-groups.ts';
import { DynamoDBNativeCanvas } from './dynamodb-native-canvas.ts';
import { DynamoDBRateClocks } from './dynamodb-rate-clocks.ts';
import { DynamoDBResultBackend } from './dynamodb-result-backend.ts';
import { DynamoDBRevocations } from './dynamodb-revocations.ts';
import { DynamoDBStartMarks } from './dynamodb-start-marks.ts';
import { DynamoDBUniqueClaims } from './dynamodb-unique-claims.ts';
import { EventBridgeSchedules } from './eventbridge-schedules.ts';
import { QueueDirectory } from './queue-directory.ts';
import { S3BlobStore } from './s3-blob-store.ts';
import { LazyS3 } from './s3-client.ts';
import { LazyScheduler } from './scheduler-client.ts';
import { LazySns } from './sns-client.ts';
import { SnsFanout } from './sns-fanout.ts';
import { SqsBroker } from './sqs-broker.ts';
import { SqsConsumer } from './sqs-consumer.ts';

/** What `createAwsAdapters` works with. */
export interface AwsAdaptersOptions {
  readonly endpoints: Endpoints;
  /** Celery's `global_keyprefix`; default none. */
  readonly keyPrefix?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How saved groups are written and read. Default: plain JSON. */
  readonly groupCodec?: GroupCodec;
  /** Default: clients for the endpoints' region. `close` ends them, whoever made them. */
  readonly clients?: Clients;
}

/** Every adapter of this room, on the queues and tables of `endpoints`. */
export function createAwsAdapters({
  endpoints,
  keyPrefix,
  clock,
  random,
  groupCodec,
  clients = createClients({ region: endpoints.region }),
}: AwsAdaptersOptions): Adapters {
  const { sqs, dynamodb } = clients;
  const queues = new QueueDirectory({
    queues: queueUrls(endpoints, 'queues'),
    deadLetterQueues: queueUrls(endpoints, 'deadLetterQueues'),
    controlQueue: controlQueueUrl(endpoints),
  });
  const { defaultQueue, externalQueues, blobBucket, resultTable, stateTable, parked, region } =
    endpoints;
  const lanes = new Map(Object.entries(endpoints.lanes ?? {}));
  const topics = new Map(Object.entries(endpoints.topics ?? {}));
  const client = dynamodb;
  const resultItems = { client, table: resultTable, keyPrefix, clock, random };
  const results = new DynamoDBResultBackend(resultItems);
  const revocations = new DynamoDBRevocations({ client, table: stateTable, clock, random });
  const scheduler = new LazyScheduler(region);
  const s3 = new LazyS3(region);
  const sns = new LazySns(region);
  return {
    broker: new SqsBroker({
      client: sqs,
      queues,
      defaultQueue,
      externalQueues,
      lanes,
      clock,
      random,
    }),
    fanout: topics.size > 0 ? new SnsFanout({ sns, topics, random }) : undefined,
    consumer: new SqsConsumer({ client: sqs, queues }),
    results,
    startMarks: new DynamoDBStartMarks({ client, table: stateTable, clock }),
    admissions: new DynamoDBAdmissions({ client, clock, random, results, revocations }),
    revocations,
    uniqueClaims: new DynamoDBUniqueClaims({ client, table: stateTable, clock }),
    groups: new DynamoDBGroups({ ...resultItems, codec: groupCodec }),
    chords: new DynamoDBChords({ ...resultItems, codec: groupCodec }),
    nativeCanvas: new DynamoDBNativeCanvas({ client, table: stateTable, clock, random }),
    rateClocks: new DynamoDBRateClocks({ client, table: stateTable, clock, random }),
    schedules:
      parked &&
      new EventBridgeSchedules({
        scheduler,
        group: parked.group,
        roleArn: parked.role,
        region,
        queues,
      }),
    blobs: blobBucket === undefined ? undefined : new S3BlobStore({ s3, bucket: blobBucket }),
    async close() {
      sqs.destroy();
      dynamodb.destroy();
      await Promise.all([scheduler.destroy(), s3.destroy(), sns.destroy()]);
    },
  };
}
