import { afterAll } from 'vitest';
import {
  DynamoDBAdmissions,
  DynamoDBChords,
  DynamoDBGroups,
  DynamoDBNativeCanvas,
  DynamoDBRateClocks,
  DynamoDBResultBackend,
  DynamoDBRevocations,
  DynamoDBStartMarks,
  DynamoDBUniqueClaims,
  EventBridgeSchedules,
  S3BlobStore,
  SqsBroker,
  SqsConsumer,
} from '../../lib/aws/index.ts';
import { systemClock, systemRandom } from '../../lib/ports/index.ts';
import {
  describeBlobStore,
  describeBroker,
  describeChords,
  describeFanout,
  describeGroups,
  describeNativeCanvas,
  describeRateClocks,
  describeResultBackend,
  describeRevocations,
  describeSchedules,
  describeStartMarks,
  describeUniqueClaims,
} from '../../lib/testing/contracts/index.ts';
import { openAwsFixtures } from '../support/aws-fixtures.ts';
import { openBucket } from '../support/bucket-fixture.ts';
import { describeWithEngine } from '../support/engine.ts';
import { pythonChords } from '../support/python-chords.ts';
import { openTopic } from '../support/topic-fixture.ts';

const clock = systemClock;
const random = systemRandom;
const { now } = clock;

await describeWithEngine('AWS adapters', async () => {
  const aws = openAwsFixtures();
  afterAll(() => aws.close());

  await describeBroker('SQS', async () => {
    const { sqs: client } = aws;
    const { queues, ...rest } = await aws.createQueues();
    const broker = new SqsBroker({ client, queues, clock, random });
    return { ...rest, broker, consumer: new SqsConsumer({ client, queues }) };
  });

  await describeResultBackend('DynamoDB', async () => {
    const table = await aws.resultTable();
    const results = new DynamoDBResultBackend({ client: aws.dynamodb, table, clock, random });
    return { results, now, putAsPython: aws.putAsPython, close: async () => {} };
  });

  await describeRevocations('DynamoDB', async () => {
    const client = aws.dynamodb;
    const [table, stateTable] = await Promise.all([aws.resultTable(), aws.stateTable()]);
    const results = new DynamoDBResultBackend({ client, table, clock, random });
    const revocations = new DynamoDBRevocations({ client, table: stateTable, clock, random });
    const admissions = new DynamoDBAdmissions({ client, clock, random, results, revocations });
    return { results, revocations, admissions, now, close: async () => {} };
  });

  await describeSchedules('EventBridge Scheduler', async () => {
    const { queues, ...rest } = await aws.createQueues();
    const { scheduler, group, roleArn, region, elapse } = await aws.parking();
    const schedules = new EventBridgeSchedules({ scheduler, group, roleArn, region, queues });
    return {
      ...rest,
      schedules,
      consumer: new SqsConsumer({ client: aws.sqs, queues }),
      now,
      elapse,
    };
  });

  await describeStartMarks('DynamoDB', async () => {
    const table = await aws.stateTable();
    const startMarks = new DynamoDBStartMarks({ client: aws.dynamodb, table, clock });
    return { startMarks, now, close: async () => {} };
  });

  await describeRateClocks('DynamoDB', async () => {
    const table = await aws.stateTable();
    const rateClocks = new DynamoDBRateClocks({ client: aws.dynamodb, table, clock, random });
    return { rateClocks, now, close: async () => {} };
  });

  await describeUniqueClaims('DynamoDB', async () => {
    const table = await aws.stateTable();
    const uniqueClaims = new DynamoDBUniqueClaims({ client: aws.dynamodb, table, clock });
    return { uniqueClaims, now, close: async () => {} };
  });

  await describeGroups('DynamoDB', async () => {
    const table = await aws.resultTable();
    const groups = new DynamoDBGroups({ client: aws.dynamodb, table, clock, random });
    return { groups, now, close: async () => {} };
  });

  await describeChords('DynamoDB', async () => {
    const table = await aws.resultTable();
    const options = { client: aws.dynamodb, table, clock, random };
    const [chords, groups] = [new DynamoDBChords(options), new DynamoDBGroups(options)];
    return {
      chords,
      groups,
      python: pythonChords(aws.dynamodb, table),
      now,
      close: async () => {},
    };
  });

  await describeNativeCanvas('DynamoDB', async () => {
    const table = await aws.stateTable();
    const nativeCanvas = new DynamoDBNativeCanvas({ client: aws.dynamodb, table, clock, random });
    return { nativeCanvas, now, close: async () => {} };
  });

  await describeFanout('SNS', () => openTopic(aws));

  const place = await openBucket();
  afterAll(() => place.close());

  await describeBlobStore('S3', async () => ({
    blobs: new S3BlobStore(place),
    close: async () => {},
  }));
});
